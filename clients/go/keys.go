package main

import (
	"crypto/ed25519"
	"crypto/elliptic"
	"encoding/hex"
	"math/big"

	"golang.org/x/crypto/curve25519"
)

// Public keys: formats/conventions.md, "Signed object"; JWKs also formats/sign_in.md.

var (
	fieldPrime = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	smallY     = smallOrder("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")
	smallU = smallOrder("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
		"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157")
)

// smallOrder are 0, 1, −1 and the two of order 8.
func smallOrder(eights ...string) []*big.Int {
	out := []*big.Int{big.NewInt(0), big.NewInt(1), new(big.Int).Sub(fieldPrime, big.NewInt(1))}
	for _, text := range eights {
		data, err := hex.DecodeString(text)
		must(err)
		out = append(out, littleEndian(data))
	}
	return out
}

func littleEndian(data []byte) *big.Int {
	turned := make([]byte, len(data))
	for i, b := range data {
		turned[len(data)-1-i] = b
	}
	return new(big.Int).SetBytes(turned)
}

func checkCoordinate(data []byte, small []*big.Int) {
	n := littleEndian(data)
	need(n.Cmp(fieldPrime) < 0, "malformed")
	for _, bad := range small {
		need(n.Cmp(bad) != 0, "malformed")
	}
}

func checkEd25519(public []byte) ed25519.PublicKey {
	need(len(public) == 32, "malformed")
	y := append([]byte{}, public...)
	y[31] &= 0x7f // the sign of x
	checkCoordinate(y, smallY)
	return public
}

func checkX25519(public []byte) []byte {
	need(len(public) == 32, "malformed")
	checkCoordinate(public, smallU) // the highest bit makes it ≥ p
	return public
}

func x25519Public(private []byte) []byte {
	public, err := curve25519.X25519(private, curve25519.Basepoint)
	must(err)
	return public
}

func okp(curve string, x []byte) ordered {
	return ordered{{"kty", "OKP"}, {"crv", curve}, {"x", b64u(x)}}
}

// thumbprintOKP is RFC 7638 of an Ed25519 or X25519 key.
func thumbprintOKP(curve string, x []byte) []byte {
	return sha([]byte(writeJSON(ordered{{"crv", curve}, {"kty", "OKP"}, {"x", b64u(x)}})))
}

func thumbprint(public []byte) []byte { return thumbprintOKP("Ed25519", public) }

type jwk struct {
	curve      string
	x, y       []byte
	thumbprint []byte
}

// suite is that of what this key signs, or of what is sealed to it.
func (k jwk) suite() int64 {
	if k.curve == hybridName {
		return 2
	}
	return 1
}

// readJWK reads a public key with exactly the members of its type.
func readJWK(value any) jwk {
	if akp, ok := value.(object); ok && akp["kty"] == "AKP" {
		return readHybridJWK(value)
	}
	o := open(value, "kty", "crv", "x")
	key := jwk{curve: o.word("crv", "Ed25519", "X25519", "P-256")}
	key.x = o.bytes("x", 32)
	if key.curve == "P-256" {
		closed(value, "kty", "crv", "x", "y")
		o.word("kty", "EC")
		key.y = o.bytes("y", 32)
		x, y := new(big.Int).SetBytes(key.x), new(big.Int).SetBytes(key.y)
		need(elliptic.P256().IsOnCurve(x, y), "malformed")
		key.thumbprint = sha([]byte(writeJSON(ordered{
			{"crv", "P-256"}, {"kty", "EC"}, {"x", b64u(key.x)}, {"y", b64u(key.y)}})))
		return key
	}
	closed(value, "kty", "crv", "x")
	o.word("kty", "OKP")
	if key.curve == "Ed25519" {
		checkEd25519(key.x)
	} else {
		checkX25519(key.x)
	}
	key.thumbprint = thumbprintOKP(key.curve, key.x)
	return key
}

// readHybridJWK takes the name of the algorithm for the curve.
func readHybridJWK(value any) jwk {
	o := closed(value, "kty", "alg", "pub")
	key := jwk{curve: o.word("alg", hybridName), x: o.bytes("pub", hybridBytes)}
	key.thumbprint = sealThumbprint(checkSealKey(key.x))
	return key
}

func readJWKOf(value any, curve string) jwk {
	key := readJWK(value)
	need(key.curve == curve, "malformed")
	return key
}
