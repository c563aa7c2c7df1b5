package main

import (
	"encoding/binary"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// A page without enrolment, to which a locator is sealed after both sides have compared six digits: formats/desk.md.

const maxDesk = 1024

var deskPattern = regexp.MustCompile(`^(https?://[^/?#\s]+)/e#([A-Za-z0-9_-]{86})$`)

// deskCode is who waits: X25519 key and raw thumbprint of the DPoP key.
type deskCode struct{ public, jkt []byte }

func newDeskCode(public, jkt []byte) deskCode { return deskCode{checkX25519(public), jkt} }

func (c deskCode) link(origin string) string { return origin + "/e#" + b64u(join(c.public, c.jkt)) }

func (c deskCode) id() []byte { return tagged("desk-id", join(c.public, c.jkt))[:16] }

func readDesk(url string) (origin string, c deskCode) {
	m := deskPattern.FindStringSubmatch(strings.TrimSpace(url))
	need(m != nil, "malformed")
	code := unb64u(m[2], 64)
	return m[1], newDeskCode(code[:32], code[32:])
}

// deskNumber is the eight digits that were meant: a multiple of 11.
func deskNumber(typed string) string {
	digits := digitsTyped(typed, 8)
	value, err := strconv.Atoi(digits)
	need(err == nil, "malformed")
	need(value%11 == 0, "wrong-number")
	return digits
}

// comparison is all that the six digits cover: the page's nonce, and the wallet's signer and nonce.
type comparison struct {
	code               deskCode
	nonce, signer, own []byte
}

func (c comparison) commit() []byte { return tagged("desk-commit", join(c.signer, c.own)) }

func (c comparison) transcript() []byte {
	return tagged("desk-transcript", join(c.code.public, c.code.jkt, c.commit(), c.nonce, c.signer, c.own))
}

func (c comparison) digits() string {
	hash := tagged("desk-digits", c.transcript())
	return fmt.Sprintf("%06d", binary.BigEndian.Uint64(hash[:8])%1_000_000)
}

// openDesk gives the locator that came for this page; the grant's signer is still to be compared.
func openDesk(private []byte, c comparison, token string) []byte {
	plain := unpadded(openBox("desk", classic(private), join(c.code.id(), c.transcript()), token))
	o := closed(readJSON(plain, maxDesk), "v", "locator")
	o.one("v")
	return o.hash("locator")
}

func (a args) comparison(public []byte) comparison {
	return comparison{newDeskCode(public, a.secret("jkt")), a.secret("nonce"), a.secret("signer"), a.secret("own")}
}

var deskOps = map[string]operation{
	"desk.link": func(a args) any {
		return object{"url": newDeskCode(a.secret("public"), a.secret("jkt")).link(a.text("origin"))}
	},
	"desk.read": func(a args) any {
		origin, c := readDesk(a.text("url"))
		return object{"origin": origin, "public": b64u(c.public), "jkt": b64u(c.jkt), "id": b64u(c.id())}
	},
	"desk.number": func(a args) any { return object{"number": deskNumber(a.text("typed"))} },
	"desk.commit": func(a args) any {
		return object{"commit": b64u(comparison{signer: a.secret("signer"), own: a.secret("own")}.commit())}
	},
	"desk.compare": func(a args) any {
		c := a.comparison(a.secret("public"))
		need(sameBytes(a.secret("commit"), c.commit()), "wrong-opening")
		return object{"transcript": b64u(c.transcript()), "digits": c.digits()}
	},
	"desk.open": func(a args) any {
		private := a.secret("private")
		return object{"locator": b64u(openDesk(private, a.comparison(x25519Public(private)), a.text("token")))}
	},
	"desk.signer": func(a args) any {
		c := a.comparison(a.secret("public"))
		need(sameBytes(a.secret("terms_signer"), c.signer), "wrong-record-key")
		return object{}
	},
}
