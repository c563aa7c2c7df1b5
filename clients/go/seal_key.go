package main

import "golang.org/x/crypto/sha3"

// Keys that boxes are sealed to, X25519 in suite 1 and MLKEM768-X25519 in suite 2: formats/conventions.md, "Sealed to a
// public key". A raw public key tells its suite by its length.

const (
	hybridBytes = mlkemEk + 32
	hybridName  = "MLKEM768-X25519"
	newestSuite = 2
)

var hybridLabel = []byte{0x5c, 0x2e, 0x2f, 0x2f, 0x5e, 0x5c}

// sealKey is a private key: 32 bytes in either suite.
type sealKey struct {
	suite  int64
	secret []byte
}

func classic(private []byte) sealKey { return sealKey{1, private} }

func suiteOf(public []byte) int64 {
	need(len(public) == 32 || len(public) == hybridBytes, "malformed")
	if len(public) == hybridBytes {
		return 2
	}
	return 1
}

func checkSealKey(public []byte) []byte {
	if suiteOf(public) == 1 {
		return checkX25519(public)
	}
	checkMLKEM(public[:mlkemEk])
	checkX25519(public[mlkemEk:])
	return public
}

// expand gives the seed d ‖ z of ML-KEM and the X25519 private key.
func (k sealKey) expand() (mlkem, x25519 []byte) {
	need(len(k.secret) == 32, "malformed")
	both := shake(256, 96, k.secret)
	return both[:64], both[64:]
}

func (k sealKey) public() []byte {
	if k.suite == 1 {
		return x25519Public(k.secret)
	}
	mlkem, private := k.expand()
	ek, _ := mlkemKeys(mlkem[:32])
	return join(ek, x25519Public(private))
}

func (k sealKey) thumbprint() []byte { return sealThumbprint(k.public()) }

func hybridJWK(public []byte) ordered {
	return ordered{{"kty", "AKP"}, {"alg", hybridName}, {"pub", b64u(public)}}
}

// sealThumbprint is RFC 7638 of a seal key; the members of AKP are alg, kty, pub.
func sealThumbprint(public []byte) []byte {
	if suiteOf(public) == 1 {
		return thumbprintOKP("X25519", public)
	}
	return sha([]byte(writeJSON(ordered{{"alg", hybridName}, {"kty", "AKP"}, {"pub", b64u(public)}})))
}

// combine makes one secret of both, bound to the X25519 half of the exchange.
func combine(mlkem, dh, enc, public []byte) []byte {
	sum := sha3.Sum256(join(mlkem, dh, enc, public, hybridLabel))
	return sum[:]
}
