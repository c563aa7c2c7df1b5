package main

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"math/big"
	"regexp"
)

// Sign-in proofs and DPoP: formats/sign_in.md.

var noncePattern = regexp.MustCompile(`^[A-Za-z0-9_-]{22,128}$`)

type signIn struct{ origin, handle, method, action, nonce, jkt, body string }

func makeSignIn(seed []byte, s signIn) string {
	return signJWK("sign-in", seed, ordered{{"v", 1}, {"origin", s.origin}, {"handle", s.handle}, {"method", s.method},
		{"action", s.action}, {"nonce", s.nonce}, {"jkt", s.jkt}, {"body", s.body}})
}

// checkSignIn is the server's check; every failure is `sign-in-refused`.
func checkSignIn(token string, enrolled []byte, origin, jkt string, body []byte) (s signIn) {
	otherwise("sign-in-refused", func() {
		key, payload := verifyJWK("sign-in", token)
		o := closed(readJSON(payload, maxStatement), "v", "origin", "handle", "method", "action", "nonce", "jkt", "body")
		o.one("v")
		s = signIn{o.text("origin"), o.text("handle"), o.text("method"), o.word("action", "sign-in", "assist"),
			o.text("nonce"), o.text("jkt"), o.text("body")}
		need(readHandle(s.handle) == s.handle && noncePattern.MatchString(s.nonce), "malformed")
		unb64u(s.nonce, -1)
		need(sameBytes(key, enrolled) && s.origin == origin && s.jkt == jkt, "malformed")
		need(s.body == b64u(sha(body)), "malformed")
	})
	return s
}

const maxDPoP = 4096

// call is the request that a DPoP proof is for.
type call struct {
	htm, htu, token string
	body            []byte // nil: no JSON body
}

type dpop struct {
	jkt, jti string
	iat      int64
}

func verifyDPoP(proof string, c call, now int64) dpop {
	need(len(proof) <= maxDPoP, "malformed")
	t := splitJWS(proof)
	header := closed(parseHeader(t.header), "typ", "alg", "jwk")
	header.word("typ", "dpop+jwt")
	curve := map[string]string{"ES256": "P-256", "EdDSA": "Ed25519"}[header.word("alg", "ES256", "EdDSA")]
	key := readJWKOf(header["jwk"], curve)
	need(verifySignature(key, t), "bad-signature")
	o := closed(readJSON(t.payload, maxDPoP), "jti", "htm", "htu", "iat", "ath?", "bh?")
	d := dpop{b64u(key.thumbprint), o.text("jti"), o.time("iat")}
	o.id("jti")
	for _, name := range []string{"ath", "bh"} {
		if o.has(name) {
			o.hash(name)
		}
	}
	need(o.text("htm") == c.htm && o.text("htu") == c.htu, "dpop-mismatch")
	need(o.has("ath") == (c.token != "") && o.has("bh") == (c.body != nil), "dpop-mismatch")
	need(c.token == "" || o["ath"] == digest(c.token), "dpop-mismatch")
	need(c.body == nil || o["bh"] == b64u(sha(c.body)), "dpop-mismatch")
	need(now-d.iat <= 60 && d.iat-now <= 60, "dpop-stale")
	return d
}

func verifySignature(key jwk, t jws) bool {
	if key.curve == "Ed25519" {
		return ed25519.Verify(key.x, []byte(t.input), t.signature)
	}
	number := func(b []byte) *big.Int { return new(big.Int).SetBytes(b) }
	public := &ecdsa.PublicKey{Curve: elliptic.P256(), X: number(key.x), Y: number(key.y)}
	return ecdsa.Verify(public, sha([]byte(t.input)), number(t.signature[:32]), number(t.signature[32:]))
}
