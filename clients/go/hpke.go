package main

import (
	"crypto/sha256"
	"io"

	"golang.org/x/crypto/curve25519"
	"golang.org/x/crypto/hkdf"
)

// HPKE base mode, single shot, DHKEM(X25519, HKDF-SHA256) / HKDF-SHA256 / AES-256-GCM: RFC 9180 and
// formats/conventions.md, "Sealed to a public key".

var (
	kemSuite  = []byte{'K', 'E', 'M', 0x00, 0x20}
	hpkeSuite = []byte{'H', 'P', 'K', 'E', 0x00, 0x20, 0x00, 0x01, 0x00, 0x02}
)

func labeledExtract(suite, salt []byte, name string, ikm []byte) []byte {
	return hkdf.Extract(sha256.New, join([]byte("HPKE-v1"), suite, []byte(name), ikm), salt)
}

func labeledExpand(suite, prk []byte, name string, about []byte, size int) []byte {
	text := join([]byte{byte(size >> 8), byte(size)}, []byte("HPKE-v1"), suite, []byte(name), about)
	out := make([]byte, size)
	_, err := io.ReadFull(hkdf.Expand(sha256.New, prk, text), out)
	must(err)
	return out
}

// hpkeKeys is ExtractAndExpand of the KEM and the key schedule with sequence number 0.
func hpkeKeys(dh, enc, public, about []byte) (key, nonce []byte) {
	prk := labeledExtract(kemSuite, nil, "eae_prk", dh)
	shared := labeledExpand(kemSuite, prk, "shared_secret", join(enc, public), 32)
	schedule := join([]byte{0}, labeledExtract(hpkeSuite, nil, "psk_id_hash", nil),
		labeledExtract(hpkeSuite, nil, "info_hash", about))
	secret := labeledExtract(hpkeSuite, shared, "secret", nil)
	return labeledExpand(hpkeSuite, secret, "key", schedule, 32),
		labeledExpand(hpkeSuite, secret, "base_nonce", schedule, 12)
}

func sealBox(kind string, public, context, plaintext []byte) string {
	checkX25519(public)
	ephemeral := random(32)
	enc := x25519Public(ephemeral)
	dh, err := curve25519.X25519(ephemeral, public)
	must(err)
	key, nonce := hpkeKeys(dh, enc, public, info(kind, context))
	return b64u(gcm(key).Seal(enc, nonce, plaintext, nil))
}

func openBox(kind string, private, context []byte, token string) []byte {
	data := unb64u(token, -1)
	need(len(data) >= 48, "malformed")
	enc := data[:32]
	dh, err := curve25519.X25519(private, enc)
	need(err == nil, "undecryptable") // an encapsulated key of small order
	key, nonce := hpkeKeys(dh, enc, x25519Public(private), info(kind, context))
	plain, err := gcm(key).Open(nil, nonce, data[32:], nil)
	need(err == nil, "undecryptable")
	return plain
}
