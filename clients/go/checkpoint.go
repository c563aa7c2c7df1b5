package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Checkpoints, C2SP signed notes: formats/log.md, "Tree".

const signedByLog, signedByWitness = 0x01, 0x04

// verifier is a verifier key `name+id+key` of a signed note.
type verifier struct {
	name   string
	id     []byte
	public []byte
}

func noteKeyID(name string, algorithm byte, public []byte) []byte {
	return sha([]byte(name), []byte{'\n', algorithm}, public)[:4]
}

func readVerifier(text string, algorithm byte) verifier {
	parts := strings.SplitN(text, "+", 3)
	need(len(parts) == 3, "malformed")
	id, err := hex.DecodeString(parts[1])
	need(err == nil, "malformed")
	key := noteBase64(parts[2])
	need(len(key) == 33 && key[0] == algorithm, "malformed")
	need(sameBytes(id, noteKeyID(parts[0], algorithm, key[1:])), "malformed")
	return verifier{parts[0], id, checkEd25519(key[1:])}
}

func noteBase64(text string) []byte {
	data, err := base64.StdEncoding.Strict().DecodeString(text)
	need(err == nil && !strings.ContainsAny(text, "\r\n"), "malformed")
	return data
}

type cosignature struct {
	witness string
	time    int64
}

type checkpoint struct {
	origin    string
	size      int64
	root      []byte
	witnesses []cosignature
}

var (
	notePattern = regexp.MustCompile(`^([^\n\r]+)\n(0|[1-9][0-9]*)\n([A-Za-z0-9+/=]+)\n$`)
	signPattern = regexp.MustCompile(`^— (\S+) ([A-Za-z0-9+/=]+)$`)
)

func verifyCheckpoint(note string, log verifier, witnesses []verifier) checkpoint {
	cut := strings.Index(note, "\n\n")
	need(cut >= 0 && strings.HasSuffix(note, "\n") && len(note) > cut+2, "malformed")
	text, lines := note[:cut+1], strings.Split(strings.TrimSuffix(note[cut+2:], "\n"), "\n")
	m := notePattern.FindStringSubmatch(text)
	need(m != nil, "malformed")
	size, err := strconv.ParseInt(m[2], 10, 64)
	need(err == nil, "malformed")
	c := checkpoint{origin: m[1], size: size, root: noteBase64(m[3])}
	need(len(c.root) == 32, "malformed")
	need(c.origin == log.name, "header-mismatch")
	signed := false
	for _, line := range lines {
		s := signPattern.FindStringSubmatch(line)
		need(s != nil, "malformed")
		data := noteBase64(s[2])
		need(len(data) > 4, "malformed")
		if s[1] == log.name && sameBytes(data[:4], log.id) {
			need(len(data) == 68 && ed25519.Verify(log.public, []byte(text), data[4:]), "bad-signature")
			signed = true
		}
		for _, w := range witnesses {
			if s[1] == w.name && sameBytes(data[:4], w.id) {
				c.witnesses = append(c.witnesses, cosignature{w.name, checkCosignature(w, text, data[4:])})
			}
		}
	}
	need(signed, "bad-signature")
	return c
}

// checkCosignature is C2SP tlog-cosignature: a time (u64), then a signature over it and the note's text.
func checkCosignature(w verifier, text string, data []byte) int64 {
	need(len(data) == 72, "bad-signature")
	time := binary.BigEndian.Uint64(data)
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", time, text)
	need(ed25519.Verify(w.public, []byte(message), data[8:]), "bad-signature")
	return int64(time)
}
