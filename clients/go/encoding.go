package main

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"io"

	"golang.org/x/crypto/hkdf"
)

// Values, labels, hashing and derivation: formats/conventions.md.

var strict64 = base64.RawURLEncoding.Strict()

func b64u(data []byte) string { return strict64.EncodeToString(data) }

// unb64u reads canonical base64url; a size below 0 means any.
func unb64u(text string, size int) []byte {
	for i := 0; i < len(text); i++ {
		c := text[i]
		ok := c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_'
		need(ok, "malformed") // Go's decoder passes over line ends
	}
	data, err := strict64.DecodeString(text)
	need(err == nil && (size < 0 || len(data) == size), "malformed")
	return data
}

func u32(n int64) []byte { return binary.BigEndian.AppendUint32(nil, uint32(n)) }
func u64(n int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

func sha(parts ...[]byte) []byte {
	h := sha256.New()
	for _, part := range parts {
		h.Write(part)
	}
	return h.Sum(nil)
}

func digest(text string) string { return b64u(sha([]byte(text))) }

func label(kind string) string { return "mappe/1/" + kind }

// info is label(kind) ‖ 0x00 ‖ context.
func info(kind string, context ...[]byte) []byte { return infoOf(1, kind, context...) }

func infoOf(suite int64, kind string, context ...[]byte) []byte {
	out := append([]byte("mappe/"), byte('0'+suite), '/')
	out = append(append(out, kind...), 0)
	for _, part := range context {
		out = append(out, part...)
	}
	return out
}

// tagged is H(kind, data).
func tagged(kind string, data ...[]byte) []byte { return sha(info(kind, data...)) }

// derive is HKDF-SHA-256 with an empty salt.
func derive(key []byte, kind string, context []byte, size int) []byte {
	out := make([]byte, size)
	_, err := io.ReadFull(hkdf.New(sha256.New, key, nil, info(kind, context)), out)
	must(err)
	return out
}

func join(parts ...[]byte) []byte {
	var out []byte
	for _, part := range parts {
		out = append(out, part...)
	}
	return out
}

func random(size int) []byte {
	out := make([]byte, size)
	_, err := rand.Read(out)
	must(err)
	return out
}
