package main

import (
	"encoding/binary"
	"fmt"
	"regexp"
	"strings"
)

// A device let in by another: formats/join.md.

const maxJoin = 1024

var joinPattern = regexp.MustCompile(`^(https?://[^/?#\s]+)/j#([A-Za-z0-9_-]{86})$`)

// joinCode is who wants to be let in: X25519 key and raw thumbprint of the DPoP key.
type joinCode struct{ public, jkt []byte }

func (c joinCode) link(origin string) string { return origin + "/j#" + b64u(join(c.public, c.jkt)) }

func (c joinCode) id() []byte { return tagged("join-id", join(c.public, c.jkt))[:16] }

func (c joinCode) digits() string {
	hash := tagged("join-digits", join(c.public, c.jkt))
	return fmt.Sprintf("%06d", binary.BigEndian.Uint64(hash[:8])%1_000_000)
}

func (c joinCode) context() []byte { return join(c.id(), c.jkt) }

func readJoin(url string) (origin string, c joinCode) {
	m := joinPattern.FindStringSubmatch(strings.TrimSpace(url))
	need(m != nil, "malformed")
	code := unb64u(m[2], 64)
	return m[1], joinCode{checkX25519(code[:32]), code[32:]}
}

type joined struct {
	handle, mode      string
	wallet, vmk, head []byte
	number            int64
}

// openJoin opens what came for this device; wallet and mode are those that the server answered.
func openJoin(private, jkt []byte, token string, wallet []byte, mode string) joined {
	c := joinCode{x25519Public(private), jkt}
	plain := unpadded(openBox("join", classic(private), c.context(), token))
	o := closed(readJSON(plain, maxJoin), "v", "handle", "wallet", "vmk", "number", "head", "mode")
	o.one("v")
	j := joined{o.text("handle"), o.word("mode", "device", "assisted"), o.hash("wallet"), o.hash("vmk"), o.hash("head"),
		o.integer("number", 1, maxInteger)}
	need(readHandle(j.handle) == j.handle, "malformed")
	need(sameBytes(j.wallet, wallet) && j.mode == mode, "server-lied")
	return j
}

var joinOps = map[string]operation{
	"join.link": func(a args) any {
		return object{"url": joinCode{a.secret("public"), a.secret("jkt")}.link(a.text("origin"))}
	},
	"join.read": func(a args) any {
		origin, c := readJoin(a.text("url"))
		return object{"origin": origin, "public": b64u(c.public), "jkt": b64u(c.jkt), "id": b64u(c.id()),
			"digits": c.digits()}
	},
	"join.open": func(a args) any {
		j := openJoin(a.secret("private"), a.secret("jkt"), a.text("token"), a.secret("wallet"), a.text("mode"))
		return object{"handle": j.handle, "wallet": b64u(j.wallet), "vmk": b64u(j.vmk), "number": j.number,
			"head": b64u(j.head), "mode": j.mode}
	},
}
