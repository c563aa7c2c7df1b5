package main

import "golang.org/x/crypto/sha3"

// The arithmetic under ML-KEM-768: polynomials modulo x^256 + 1 and q, their transform, sampling and packing (FIPS 203,
// sections 4.2 and 4.3).

const (
	q          = 3329
	mlkemRank  = 3    // k
	inverse128 = 3303 // 128^-1 mod q
)

type (
	poly   [256]uint32
	vector [mlkemRank]poly
)

// zetas are 17^BitRev7(i), gammas 17^(2·BitRev7(i)+1), modulo q.
var zetas, gammas = powers()

func powers() (z, g [128]uint32) {
	power := [256]uint32{1}
	for i := 1; i < 256; i++ {
		power[i] = power[i-1] * 17 % q
	}
	for i := range z {
		turned := 0
		for bit := 0; bit < 7; bit++ {
			turned |= i >> bit & 1 << (6 - bit)
		}
		z[i], g[i] = power[turned], power[2*turned+1]
	}
	return z, g
}

func ntt(f poly) poly {
	at := 1
	for length := 128; length >= 2; length /= 2 {
		for start := 0; start < 256; start += 2 * length {
			for j := start; j < start+length; j++ {
				t := zetas[at] * f[j+length] % q
				f[j+length] = (f[j] + q - t) % q
				f[j] = (f[j] + t) % q
			}
			at++
		}
	}
	return f
}

func inverseNTT(f poly) poly {
	at := 127
	for length := 2; length <= 128; length *= 2 {
		for start := 0; start < 256; start += 2 * length {
			for j := start; j < start+length; j++ {
				t := f[j]
				f[j] = (t + f[j+length]) % q
				f[j+length] = zetas[at] * (f[j+length] + q - t) % q
			}
			at--
		}
	}
	for i := range f {
		f[i] = f[i] * inverse128 % q
	}
	return f
}

func plus(a, b poly) poly {
	for i := range a {
		a[i] = (a[i] + b[i]) % q
	}
	return a
}

// times multiplies two vectors in the NTT domain to one polynomial.
func times(a, b vector) (out poly) {
	for k := range a {
		f, g := a[k], b[k]
		for i := 0; i < 128; i++ {
			out[2*i] = (out[2*i] + f[2*i]*g[2*i] + f[2*i+1]*g[2*i+1]%q*gammas[i]) % q
			out[2*i+1] = (out[2*i+1] + f[2*i]*g[2*i+1] + f[2*i+1]*g[2*i]) % q
		}
	}
	return out
}

// sampleNTT is algorithm 7.
func sampleNTT(rho []byte, j, i int) (out poly) {
	stream := sha3.NewShake128()
	stream.Write(join(rho, []byte{byte(j), byte(i)}))
	var c [3]byte
	for n := 0; n < 256; {
		stream.Read(c[:])
		for _, d := range []uint32{uint32(c[0]) | uint32(c[1]&15)<<8, uint32(c[1])>>4 | uint32(c[2])<<4} {
			if d < q && n < 256 {
				out[n] = d
				n++
			}
		}
	}
	return out
}

// noise is algorithm 8 with η = 2 over PRF(seed, n).
func noise(seed []byte, n byte) (out poly) {
	for i, b := range shake(256, 128, seed, []byte{n}) {
		for half := 0; half < 2; half++ {
			x := b >> (4 * half)
			out[2*i+half] = (uint32(x&1) + uint32(x>>1&1) + q - uint32(x>>2&1) - uint32(x>>3&1)) % q
		}
	}
	return out
}

func noises(seed []byte, first byte) (out vector) {
	for i := range out {
		out[i] = noise(seed, first+byte(i))
	}
	return out
}

func nttAll(v vector) vector {
	for i := range v {
		v[i] = ntt(v[i])
	}
	return v
}

// pack is ByteEncode after compression to so many bits; 12: none.
func pack(bits int, polys ...poly) []byte {
	out := make([]byte, len(polys)*32*bits)
	at := 0
	for _, p := range polys {
		for _, x := range p {
			if bits < 12 {
				x = (x<<bits + q/2) / q % (1 << bits)
			}
			for bit := 0; bit < bits; bit++ {
				out[at/8] |= byte(x>>bit&1) << (at % 8)
				at++
			}
		}
	}
	return out
}

// unpack is ByteDecode of one polynomial and the end of compression.
func unpack(bits int, data []byte) (out poly) {
	at := 0
	for i := range out {
		for bit := 0; bit < bits; bit++ {
			out[i] |= uint32(data[at/8]>>(at%8)&1) << bit
			at++
		}
		if bits < 12 {
			out[i] = (out[i]*q + 1<<(bits-1)) >> bits
		}
	}
	return out
}

func unpackAll(bits int, data []byte) (out vector) {
	for i := range out {
		out[i] = unpack(bits, data[i*32*bits:(i+1)*32*bits])
	}
	return out
}
