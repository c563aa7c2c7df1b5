package main

import (
	"crypto/subtle"

	"golang.org/x/crypto/sha3"
)

// ML-KEM-768: FIPS 203. Go's own crypto/mlkem is younger than the Go of Debian 12. Not in constant time: this client is a
// proof of the specification, not a product.

const (
	polyBytes = 384  // 256 numbers of 12 bits
	mlkemEk   = 1184 // bytes of an encapsulation key
	mlkemCt   = 1088 // bytes of a ciphertext
	bitsU     = 10   // d_u
	bitsV     = 4    // d_v
	bytesU    = mlkemRank * 32 * bitsU
)

func shake(bits, size int, parts ...[]byte) []byte {
	h := sha3.NewShake256()
	if bits == 128 {
		h = sha3.NewShake128()
	}
	h.Write(join(parts...))
	out := make([]byte, size)
	h.Read(out)
	return out
}

func hashH(data []byte) []byte {
	sum := sha3.Sum256(data)
	return sum[:]
}

// hashG gives two halves of 32 bytes.
func hashG(parts ...[]byte) (a, b []byte) {
	sum := sha3.Sum512(join(parts...))
	return sum[:32], sum[32:]
}

func matrixRow(rho []byte, row int, turned bool) (out vector) {
	for column := range out {
		if turned {
			out[column] = sampleNTT(rho, row, column)
		} else {
			out[column] = sampleNTT(rho, column, row)
		}
	}
	return out
}

// mlkemKeys is ML-KEM.KeyGen_internal (algorithm 16); s stays unpacked.
func mlkemKeys(d []byte) (ek []byte, s vector) {
	rho, sigma := hashG(d, []byte{mlkemRank})
	s = nttAll(noises(sigma, 0))
	e := nttAll(noises(sigma, mlkemRank))
	var t vector
	for i := range t {
		t[i] = plus(times(matrixRow(rho, i, false), s), e[i])
	}
	return join(pack(12, t[:]...), rho), s
}

// checkMLKEM is the modulus check of an encapsulation key (section 7.2).
func checkMLKEM(ek []byte) {
	need(len(ek) == mlkemEk, "malformed")
	for _, p := range unpackAll(12, ek) {
		for _, x := range p {
			need(x < q, "malformed")
		}
	}
}

// encrypt is K-PKE.Encrypt (algorithm 14).
func encrypt(ek, message, randomness []byte) []byte {
	t, rho := unpackAll(12, ek), ek[mlkemRank*polyBytes:]
	y := nttAll(noises(randomness, 0))
	e1, e2 := noises(randomness, mlkemRank), noise(randomness, 2*mlkemRank)
	var u vector
	for i := range u {
		u[i] = plus(inverseNTT(times(matrixRow(rho, i, true), y)), e1[i])
	}
	v := plus(plus(inverseNTT(times(t, y)), e2), unpack(1, message))
	return join(pack(bitsU, u[:]...), pack(bitsV, v))
}

// mlkemEncaps is ML-KEM.Encaps_internal (algorithm 17).
func mlkemEncaps(ek, message []byte) (shared, ct []byte) {
	shared, randomness := hashG(message, hashH(ek))
	return shared, encrypt(ek, message, randomness)
}

// mlkemDecaps is ML-KEM.Decaps_internal (algorithm 18) with the key of this seed d ‖ z.
func mlkemDecaps(seed, ct []byte) []byte {
	ek, s := mlkemKeys(seed[:32])
	w := unpack(bitsV, ct[bytesU:])
	product := inverseNTT(times(s, nttAll(unpackAll(bitsU, ct))))
	for i := range w {
		w[i] = (w[i] + q - product[i]) % q
	}
	message := pack(1, w)
	shared, randomness := hashG(message, hashH(ek))
	if subtle.ConstantTimeCompare(ct, encrypt(ek, message, randomness)) == 1 {
		return shared
	}
	return shake(256, 32, seed[32:], ct) // implicit rejection
}
