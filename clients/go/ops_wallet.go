package main

import (
	"strconv"
	"strings"
)

// Operations of vectors/README.md on formats/wallet.md, object.md and chain.md.

var walletOps = map[string]operation{
	"handle.read": func(a args) any {
		h := readHandle(a.text("typed"))
		return object{"handle": h, "shown": h[:5] + "-" + h[5:], "profile": profileOf(h), "salt": b64u(saltOf(h)),
			"hash": b64u(tagged("handle", []byte(h)))}
	},
	"code.write": func(a args) any { return object{"digits": writeCode(a.bin("code"))} },
	"code.read": func(a args) any {
		return object{"code": b64u(readCode(a.text("typed"), int(a.num("size"))))}
	},
	"sheet.write": func(a args) any {
		return object{"text": writeSheet(a.text("handle"), a.bin("code"), a.num("number"))}
	},
	"sheet.read": func(a args) any {
		handle, code, number := readSheet(a.text("text"))
		return object{"handle": handle, "code": b64u(code), "number": number}
	},
	"kdf.argon2id": func(a args) any {
		return object{"key": b64u(argon2id(a.text("profile"), a.bin("secret"), a.bin("salt")))}
	},
	"root.passphrase": func(a args) any {
		return object{"root": b64u(passphraseRoot(a.text("typed"), a.text("handle")))}
	},
	"root.recovery": func(a args) any { return object{"root": b64u(recoveryRoot(a.bin("code"), a.text("handle")))} },
	"root.passkey": func(a args) any {
		return object{"root": b64u(passkeyRoot(a.bin("prf"), a.text("handle"))), "input": b64u(passkeyInput())}
	},
	"root.pin": func(a args) any {
		proof, root := devicePin(a.bin("secret"), a.text("handle"), a.text("typed"), a.bin("share"))
		return object{"proof": b64u(proof), "root": b64u(root)}
	},
	"root.derived": func(a args) any {
		root, handle := a.bin("root"), a.text("handle")
		return object{"sign_in": b64u(publicOf(signInSeed(root, handle))),
			"pin_proof":  b64u(pinProof(root, handle, a.text("pin"))),
			"stop_proof": b64u(stopProof(a.bin("stop_code"), handle))}
	},
	"genesis.verify": func(a args) any {
		g := verifyGenesis(a.text("token"))
		return object{"wallet_id": b64u(g.wallet), "signing": b64u(g.signing), "receive": b64u(g.receive),
			"log": b64u(g.log), "created": g.created, "nonce": b64u(g.nonce)}
	},
	"identity.open": func(a args) any {
		id := openIdentity(a.bin("vmk"), a.bin("wallet"), a.num("epoch"), a.text("token"))
		return object{"signing": b64u(id.signing), "receive": b64u(id.receive), "log": b64u(id.log)}
	},
	"envelope.open": func(a args) any {
		p := place{a.bin("wallet"), a.bin("id"), a.text("method"), a.num("version"), a.num("epoch")}
		return object{"vmk": b64u(openEnvelope(p, a.bin("root"), a.text("handle"), a.text("token")))}
	},
	"wallet.check": func(a args) any {
		_, _, head := checkWallet(a.bin("wallet"), a.bin("vmk"), shown{a.text("genesis"), a.text("identity_box"),
			a.text("head"), a.methods(), a.objects()})
		return object{"number": head.number, "head": b64u(head.hash)}
	},
	"object.open": func(a args) any {
		return object{"payload": openObject(a.bin("vmk"), a.bin("wallet"), a.bin("id"), a.num("version"), a.num("epoch"),
			a.text("key"), a.text("body"))}
	},
	"object.parse": func(a args) any {
		return object{"kind": parseObject([]byte(a.text("payload")))["kind"]}
	},
	"object.filled": func(a args) any {
		letters := strings.Repeat("a", int(a.num("letters")))
		return object{"kind": parseObject([]byte(`{"v":1,"kind":"filler","text":"` + letters + `"}`))["kind"]}
	},
}

func hashOrNull(hash []byte) any {
	if hash == nil {
		return nil
	}
	return b64u(hash)
}

var chainOps = map[string]operation{
	"chain.root": func(a args) any { return object{"root": b64u(rootOf(a.objects()))} },
	"chain.access": func(a args) any {
		return object{"access": b64u(accessOf(a.methods(), a.text("identity_box")))}
	},
	"chain.verify": func(a args) any {
		c := verifyChange(a.text("token"), a.bin("public"))
		return object{"number": c.number, "parent": hashOrNull(c.parent), "epoch": c.epoch, "root": b64u(c.root),
			"access": b64u(c.access), "hash": b64u(c.hash)}
	},
	"chain.advance": func(a args) any {
		s := chainState{a.num("number"), a.num("epoch"), a.binOr("head"), a.objects()}
		next := s.advance(verifyChange(a.text("token"), a.bin("public")))
		return object{"number": next.number, "head": b64u(next.head), "epoch": next.epoch,
			"root": b64u(rootOf(next.objects))}
	},
	"chain.judge": func(a args) any {
		public, ancestors := a.bin("public"), map[int64][]byte{}
		for number, hash := range open(a["ancestors"]) {
			n, err := strconv.ParseInt(number, 10, 64)
			must(err)
			ancestors[n] = unb64u(asText(hash), 32)
		}
		var newer []change
		for _, token := range texts(a["newer"], anyText) {
			newer = append(newer, verifyChange(token, public))
		}
		var p *pin
		if a.given("pin") {
			o := open(a["pin"])
			p = &pin{o.number("number"), o.hash("head")}
		}
		return object{"verdict": judge(p, newer, verifyChange(a.text("head"), public), ancestors, a.num("floor"))}
	},
	"chain.check_head": func(a args) any {
		head := verifyChange(a.text("head"), a.bin("public"))
		checkHead(head, shown{box: a.text("identity_box"), methods: a.methods(), objects: a.objects()})
		return object{"number": head.number}
	},
	"chain.head_statement": func(a args) any {
		s := verifyHeadStatement(a.text("token"), a.bin("public"), a.bin("nonce"))
		return object{"wallet": b64u(s.wallet), "number": s.number, "head": b64u(s.head), "time": s.time}
	},
}
