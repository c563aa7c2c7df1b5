package main

import (
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Handle, codes and roots: formats/wallet.md.

const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

const kdf64, kdf32, kdfNone = "argon2id-64-3-1", "argon2id-32-6-1", "none"

// readHandle gives the handle that was meant.
func readHandle(typed string) string {
	text := strings.NewReplacer("-", "", " ", "").Replace(strings.ToUpper(typed))
	text = strings.NewReplacer("I", "1", "L", "1", "O", "0").Replace(text)
	need(len(text) == 10, "malformed")
	for i := 0; i < len(text); i++ {
		need(strings.IndexByte(crockford, text[i]) >= 0, "malformed")
	}
	return text
}

func newHandle() string {
	var b strings.Builder
	for _, c := range random(10) {
		b.WriteByte(crockford[c&31])
	}
	return b.String()
}

func profileOf(handle string) string {
	if strings.IndexByte(crockford, handle[len(handle)-1])&1 == 0 {
		return kdf64
	}
	return kdf32
}

func saltOf(handle string) []byte { return tagged("salt", []byte(handle))[:16] }

func argon2id(profile string, secret, salt []byte) []byte {
	switch profile {
	case kdf64:
		return argon2.IDKey(secret, salt, 3, 64*1024, 1, 32)
	case kdf32:
		return argon2.IDKey(secret, salt, 6, 32*1024, 1, 32)
	}
	refuse("kdf-refused")
	return nil
}

func passphraseRoot(typed, handle string) []byte {
	return argon2id(profileOf(handle), []byte(digitsTyped(typed, 24)), saltOf(handle))
}

func recoveryRoot(code []byte, handle string) []byte {
	return derive(code, "recovery-root", []byte(handle), 32)
}

func passkeyInput() []byte { return tagged("passkey-prf", nil) }

func passkeyRoot(output []byte, handle string) []byte {
	need(len(output) == 32, "malformed")
	return derive(output, "passkey-root", []byte(handle), 32)
}

// devicePin gives proof and root of six digits on a device with this secret, for the server's share.
func devicePin(secret []byte, handle, typed string, share []byte) (proof, root []byte) {
	pin, name := digitsTyped(typed, 6), []byte(handle)
	need(len(secret) == 32 && len(share) == 32, "malformed")
	stretched := argon2id(profileOf(handle), []byte(pin), derive(secret, "pin-salt", name, 16))
	mixed := derive(secret, "pin-device", join(name, stretched), 32)
	return derive(mixed, "pin-proof", name, 32), derive(join(mixed, share), "pin-root", name, 32)
}

func signInSeed(root []byte, handle string) []byte {
	return derive(root, "sign-in", []byte(handle), 32)
}

func pinProof(root []byte, handle, pin string) []byte {
	return derive(root, "sheet-pin", []byte(handle+pin), 32)
}

func stopProof(code []byte, handle string) []byte {
	return derive(code, "stop", []byte(handle), 32)
}

// writeCode gives a code as blocks of six digits, each 11 times 16 bits.
func writeCode(code []byte) string {
	var b strings.Builder
	for i := 0; i < len(code); i += 2 {
		block := strconv.Itoa(11 * (int(code[i])<<8 | int(code[i+1])))
		b.WriteString(strings.Repeat("0", 6-len(block)) + block)
	}
	return b.String()
}

func readCode(typed string, size int) []byte {
	digits := digitsTyped(typed, size*3)
	var code []byte
	for i := 0; i < len(digits); i += 6 {
		n, err := strconv.Atoi(digits[i : i+6])
		must(err)
		if n%11 != 0 || n > 720885 {
			panic(refusal{"bad-block", int64(i/6 + 1)})
		}
		code = append(code, byte(n/11>>8), byte(n/11))
	}
	return code
}

// newPassphrase is 24 random digits.
func newPassphrase(count int) string {
	var b strings.Builder
	for b.Len() < count {
		if c := random(1)[0]; c < 250 {
			b.WriteByte('0' + c%10)
		}
	}
	return b.String()
}
