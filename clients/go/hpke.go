package main

import (
	"crypto/sha256"
	"io"

	"golang.org/x/crypto/curve25519"
	"golang.org/x/crypto/hkdf"
)

// HPKE base mode, single shot, HKDF-SHA256 / AES-256-GCM over DHKEM(X25519, HKDF-SHA256) or MLKEM768-X25519: RFC 9180 and
// formats/conventions.md, "Sealed to a public key". The key decides the suite.

var (
	kemSuite   = []byte{'K', 'E', 'M', 0x00, 0x20}
	hpkeSuites = map[int64][]byte{
		1: {'H', 'P', 'K', 'E', 0x00, 0x20, 0x00, 0x01, 0x00, 0x02},
		2: {'H', 'P', 'K', 'E', 0x64, 0x7a, 0x00, 0x01, 0x00, 0x02},
	}
	encBytes = map[int64]int{1: 32, 2: mlkemCt + 32}
)

const tagBytes = 16

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

// extractAndExpand is that of DHKEM.
func extractAndExpand(dh, enc, public []byte) []byte {
	prk := labeledExtract(kemSuite, nil, "eae_prk", dh)
	return labeledExpand(kemSuite, prk, "shared_secret", join(enc, public), 32)
}

// hpkeKeys is the key schedule with sequence number 0.
func hpkeKeys(suite int64, shared, about []byte) (key, nonce []byte) {
	name := hpkeSuites[suite]
	schedule := join([]byte{0}, labeledExtract(name, nil, "psk_id_hash", nil), labeledExtract(name, nil, "info_hash", about))
	secret := labeledExtract(name, shared, "secret", nil)
	return labeledExpand(name, secret, "key", schedule, 32), labeledExpand(name, secret, "base_nonce", schedule, 12)
}

// encapsulate gives the shared secret and what the recipient needs for it.
func encapsulate(public []byte) (shared, enc []byte) {
	ephemeral := random(32)
	point := public[len(public)-32:]
	dh, err := curve25519.X25519(ephemeral, point)
	must(err) // the key was checked
	own := x25519Public(ephemeral)
	if suiteOf(public) == 1 {
		return extractAndExpand(dh, own, public), own
	}
	mlkem, ct := mlkemEncaps(public[:mlkemEk], random(32))
	return combine(mlkem, dh, own, point), join(ct, own)
}

func (k sealKey) decapsulate(enc []byte) []byte {
	if k.suite == 1 {
		dh, err := curve25519.X25519(k.secret, enc)
		need(err == nil, "undecryptable") // an encapsulated key of small order
		return extractAndExpand(dh, enc, x25519Public(k.secret))
	}
	seed, private := k.expand()
	own := enc[mlkemCt:]
	otherwise("undecryptable", func() { checkX25519(own) })
	dh, err := curve25519.X25519(private, own)
	must(err)
	return combine(mlkemDecaps(seed, enc[:mlkemCt]), dh, own, x25519Public(private))
}

func sealBox(kind string, public, context, plaintext []byte) string {
	suite := suiteOf(checkSealKey(public))
	shared, enc := encapsulate(public)
	key, nonce := hpkeKeys(suite, shared, infoOf(suite, kind, context))
	return b64u(gcm(key).Seal(enc, nonce, plaintext, nil))
}

func openBox(kind string, private sealKey, context []byte, token string) []byte {
	data, size := unb64u(token, -1), encBytes[private.suite]
	need(len(data) >= size+tagBytes, "malformed")
	key, nonce := hpkeKeys(private.suite, private.decapsulate(data[:size]), infoOf(private.suite, kind, context))
	plain, err := gcm(key).Open(nil, nonce, data[size:], nil)
	need(err == nil, "undecryptable")
	return plain
}
