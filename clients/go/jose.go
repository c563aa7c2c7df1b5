package main

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"strings"
)

// Sealed and signed objects: formats/conventions.md.

const maxHeader = 2048

func encodeHeader(members ordered) string { return b64u([]byte(writeJSON(members))) }

func jweHeader(kind string, own ordered) string {
	return encodeHeader(append(ordered{{"alg", "dir"}, {"enc", "A256GCM"}, {"typ", label(kind)}}, own...))
}

// mismatch decides what a header is that is not the expected one ("Versioning").
func mismatch(segment string) {
	header, ok := parseHeader(segment).(object)
	typ, isText := header["typ"].(string)
	if ok && isText && strings.HasPrefix(typ, "mappe/") && !strings.HasPrefix(typ, "mappe/1/") {
		refuse("unsupported-suite")
	}
	refuse("header-mismatch")
}

func parseHeader(segment string) any { return readJSON(unb64u(segment, -1), maxHeader) }

func gcm(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	must(err)
	aead, err := cipher.NewGCM(block)
	must(err)
	return aead
}

func sealJWE(kind string, key []byte, own ordered, plaintext []byte) string {
	return sealJWEWith(kind, key, own, plaintext, random(12))
}

func sealJWEWith(kind string, key []byte, own ordered, plaintext, iv []byte) string {
	header := jweHeader(kind, own)
	sealed := gcm(key).Seal(nil, iv, plaintext, []byte(header))
	cut := len(sealed) - 16
	return strings.Join([]string{header, "", b64u(iv), b64u(sealed[:cut]), b64u(sealed[cut:])}, ".")
}

type jwe struct {
	header              string
	iv, ciphertext, tag []byte
}

// splitJWE reads the five segments; the header only as text.
func splitJWE(token string) jwe {
	parts := strings.Split(token, ".")
	need(len(parts) == 5 && parts[1] == "", "malformed")
	return jwe{parts[0], unb64u(parts[2], 12), unb64u(parts[3], -1), unb64u(parts[4], 16)}
}

func (t jwe) expect(kind string, own ordered) {
	if t.header != jweHeader(kind, own) {
		mismatch(t.header)
	}
}

func (t jwe) decrypt(key []byte) []byte {
	plain, err := gcm(key).Open(nil, t.iv, join(t.ciphertext, t.tag), []byte(t.header))
	need(err == nil, "undecryptable")
	return plain
}

func openJWE(kind string, key []byte, own ordered, token string) []byte {
	t := splitJWE(token)
	t.expect(kind, own)
	return t.decrypt(key)
}

// carried gives a member of the header that the reader cannot know, nil if it is not there or of no plain type.
func (t jwe) carried(name string) any {
	header, _ := parseHeader(t.header).(object)
	return header[name]
}

func jwsHeader(kind, name string, value any) string {
	return encodeHeader(ordered{{"alg", "EdDSA"}, {"typ", label(kind)}, {name, value}})
}

func kidHeader(kind string, public []byte) string {
	return jwsHeader(kind, "kid", b64u(thumbprint(public)))
}

func jwkHeader(kind string, public []byte) string {
	return jwsHeader(kind, "jwk", okp("Ed25519", public))
}

func publicOf(seed []byte) []byte { return ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey) }

func signWith(header string, seed, payload []byte) string {
	input := header + "." + b64u(payload)
	return input + "." + b64u(ed25519.Sign(ed25519.NewKeyFromSeed(seed), []byte(input)))
}

func signKid(kind string, seed []byte, payload any) string {
	return signWith(kidHeader(kind, publicOf(seed)), seed, []byte(writeJSON(payload)))
}

func signJWK(kind string, seed []byte, payload any) string {
	return signWith(jwkHeader(kind, publicOf(seed)), seed, []byte(writeJSON(payload)))
}

type jws struct {
	header, input      string
	payload, signature []byte
}

func splitJWS(token string) jws {
	parts := strings.Split(token, ".")
	need(len(parts) == 3, "malformed")
	return jws{parts[0], parts[0] + "." + parts[1], unb64u(parts[1], -1), unb64u(parts[2], 64)}
}

func (t jws) verify(public []byte, header string) []byte {
	if t.header != header {
		mismatch(t.header)
	}
	need(ed25519.Verify(public, []byte(t.input), t.signature), "bad-signature")
	return t.payload
}

// verifyKid verifies with a known key.
func verifyKid(kind string, public []byte, token string) []byte {
	checkEd25519(public)
	return splitJWS(token).verify(public, kidHeader(kind, public))
}

// verifyJWK verifies with the key in the header and gives that key.
func verifyJWK(kind, token string) (public, payload []byte) {
	t := splitJWS(token)
	header, _ := parseHeader(t.header).(object)
	key, _ := header["jwk"].(object)
	x, ok := key["x"].(string)
	if !ok || t.header != jwsHeader(kind, "jwk", ordered{{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", x}}) {
		mismatch(t.header)
	}
	public = checkEd25519(unb64u(x, 32))
	return public, t.verify(public, t.header)
}
