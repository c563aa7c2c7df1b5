// verify checks a Mappe log with the Go project's own code for transparency logs (golang.org/x/mod/sumdb), which has
// never seen ours: the signature under a checkpoint, inclusion and consistency proofs, and the tree built anew from
// its leaves. It reads one JSON object from standard input and prints what is wrong, one line each; nothing: all is well.
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go run verify.go < case.json
package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type proof struct {
	Index, Older, Newer int64
	Leaf                []byte
	Path                [][]byte
}

type input struct {
	Key         string // verifier key of the log
	Checkpoints []string
	Leaves      [][]byte // every leaf hash in order
	Inclusion   []proof  // of Leaf at Index in the tree of Newer leaves
	Consistency []proof
}

// memory holds the hashes of a tree as tlog numbers them.
type memory []tlog.Hash

func (m memory) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		found[i] = m[index]
	}
	return found, nil
}

func hash(data []byte) (h tlog.Hash) {
	if len(data) == len(h) {
		copy(h[:], data)
	}
	return h
}

func path(hashes [][]byte) (found []tlog.Hash) {
	for _, data := range hashes {
		found = append(found, hash(data))
	}
	return found
}

func complain(format string, args ...interface{}) {
	fmt.Printf(format+"\n", args...)
}

func main() {
	var in input
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		complain("input: %v", err)
		return
	}
	verifier, err := note.NewVerifier(in.Key)
	if err != nil {
		complain("verifier key: %v", err)
		return
	}

	roots := map[int64]tlog.Hash{}
	for i, text := range in.Checkpoints {
		signed, err := note.Open([]byte(text), note.VerifierList(verifier))
		if err != nil {
			complain("checkpoint %d: %v", i, err)
			continue
		}
		lines := strings.Split(signed.Text, "\n")
		var size int64
		if _, err := fmt.Sscan(lines[1], &size); err != nil || lines[0] != verifier.Name() {
			complain("checkpoint %d: not of this log", i)
			continue
		}
		root, err := base64.StdEncoding.DecodeString(lines[2])
		if err != nil {
			complain("checkpoint %d: %v", i, err)
			continue
		}
		roots[size] = hash(root)
	}

	var stored memory
	for i, leaf := range in.Leaves {
		more, err := tlog.StoredHashesForRecordHash(int64(i), hash(leaf), stored)
		if err != nil {
			complain("leaf %d: %v", i, err)
			return
		}
		stored = append(stored, more...)
	}
	for size, root := range roots {
		if size > int64(len(in.Leaves)) {
			complain("checkpoint of %d leaves, but there are %d", size, len(in.Leaves))
		} else if size > 0 {
			if built, err := tlog.TreeHash(size, stored); err != nil || built != root {
				complain("checkpoint of %d leaves: the leaves give another root", size)
			}
		}
	}

	for _, p := range in.Inclusion {
		root, ok := roots[p.Newer]
		if !ok {
			complain("inclusion in %d leaves: no such checkpoint", p.Newer)
		} else if err := tlog.CheckRecord(path(p.Path), p.Newer, root, p.Index, hash(p.Leaf)); err != nil {
			complain("inclusion of %d in %d: %v", p.Index, p.Newer, err)
		}
	}
	for _, p := range in.Consistency {
		older, newer := roots[p.Older], roots[p.Newer]
		if err := tlog.CheckTree(path(p.Path), p.Newer, newer, p.Older, older); err != nil {
			complain("consistency of %d and %d: %v", p.Older, p.Newer, err)
		}
	}
}
