package main

import (
	"fmt"
	"math/bits"
)

// RFC 9162 §2.1 over leaf hashes, and the paths of C2SP tlog-tiles: formats/log.md, "Tree".

func nodeOf(left, right []byte) []byte { return sha([]byte{1}, left, right) }

func treeRoot(leaves [][]byte) []byte {
	switch len(leaves) {
	case 0:
		return sha()
	case 1:
		return leaves[0]
	}
	k := 1 << (bits.Len(uint(len(leaves)-1)) - 1)
	return nodeOf(treeRoot(leaves[:k]), treeRoot(leaves[k:]))
}

// checkInclusion is RFC 9162 §2.1.3.2.
func checkInclusion(leaf []byte, index, size int64, path [][]byte, root []byte) {
	need(index >= 0 && index < size, "unlogged")
	fn, sn, r := index, size-1, leaf
	for _, p := range path {
		need(sn != 0, "unlogged")
		if fn&1 == 1 || fn == sn {
			r = nodeOf(p, r)
			for fn&1 == 0 && fn != 0 {
				fn, sn = fn>>1, sn>>1
			}
		} else {
			r = nodeOf(r, p)
		}
		fn, sn = fn>>1, sn>>1
	}
	need(sn == 0 && sameBytes(r, root), "unlogged")
}

// checkConsistency is RFC 9162 §2.1.4.2, with the empty tree and the same tree as they must be.
func checkConsistency(first, size int64, path [][]byte, firstRoot, root []byte) {
	const bad = "log-broken"
	need(first >= 0 && first <= size, bad)
	if first == 0 {
		need(len(path) == 0 && sameBytes(firstRoot, treeRoot(nil)), bad)
		return
	}
	if first == size {
		need(len(path) == 0 && sameBytes(firstRoot, root), bad)
		return
	}
	need(len(path) > 0, bad)
	if first&(first-1) == 0 {
		path = append([][]byte{firstRoot}, path...)
	}
	fn, sn := first-1, size-1
	for fn&1 == 1 {
		fn, sn = fn>>1, sn>>1
	}
	fr, sr := path[0], path[0]
	for _, c := range path[1:] {
		need(sn != 0, bad)
		if fn&1 == 1 || fn == sn {
			fr, sr = nodeOf(c, fr), nodeOf(c, sr)
			for fn&1 == 0 && fn != 0 {
				fn, sn = fn>>1, sn>>1
			}
		} else {
			sr = nodeOf(sr, c)
		}
		fn, sn = fn>>1, sn>>1
	}
	need(sn == 0 && sameBytes(fr, firstRoot) && sameBytes(sr, root), bad)
}

// tilePath is the path of a hash tile; a full one has width 256.
func tilePath(level, number, width int64) string {
	text := fmt.Sprintf("%03d", number%1000)
	for number >= 1000 {
		number /= 1000
		text = fmt.Sprintf("x%03d/%s", number%1000, text)
	}
	text = fmt.Sprintf("tile/%d/%s", level, text)
	if width != 256 {
		text += fmt.Sprintf(".p/%d", width)
	}
	return text
}
