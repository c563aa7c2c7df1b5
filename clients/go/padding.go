package main

import (
	"math/bits"
	"strings"
)

// Padding and digits that a person types: formats/conventions.md.

// padme is the smallest Padmé size for a length.
func padme(length int64) int64 {
	if length < 2 {
		return length
	}
	e := bits.Len64(uint64(length)) - 1
	s := bits.Len(uint(e))
	step := int64(1)<<(e-s) - 1
	return (length + step) &^ step
}

func padded(message []byte) []byte {
	size := int64(len(message)) + 1
	if size < 256 {
		size = 256
	}
	out := make([]byte, padme(size))
	out[copy(out, message)] = 0x80
	return out
}

func unpadded(data []byte) []byte {
	end := len(data)
	for end > 0 && data[end-1] == 0 {
		end--
	}
	need(end > 0 && data[end-1] == 0x80, "malformed")
	return data[:end-1]
}

const dropped = " -.\u00a0\u200e\u200f\u061c\u2066\u2067\u2068\u2069"

// digitsTyped are the ASCII digits a person meant.
func digitsTyped(typed string, count int) string {
	var b strings.Builder
	for _, c := range typed {
		digit := c
		for _, zero := range []rune{0x0660, 0x06f0, 0xff10} {
			if c >= zero && c <= zero+9 {
				digit = '0' + c - zero
			}
		}
		if digit >= '0' && digit <= '9' {
			b.WriteRune(digit)
			continue
		}
		need(strings.ContainsRune(dropped, c), "malformed")
	}
	need(b.Len() == count, "malformed")
	return b.String()
}
