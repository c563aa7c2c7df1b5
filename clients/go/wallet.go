package main

import "crypto/subtle"

// Genesis, identity box, envelope and the checks after an unwrap: formats/wallet.md.

const maxGenesis = 1024

type genesis struct {
	signing, receive, log, nonce, wallet []byte
	created                              int64
}

func verifyGenesis(token string) genesis {
	public, payload := verifyJWK("genesis", token)
	o := closed(readJSON(payload, maxGenesis), "v", "suite", "receive", "log", "created", "nonce")
	o.one("v")
	o.one("suite")
	return genesis{signing: public, receive: checkX25519(o.hash("receive")), log: checkX25519(o.hash("log")),
		nonce: o.id("nonce"), created: o.time("created"), wallet: tagged("genesis", []byte(token))}
}

type identity struct{ signing, receive, log []byte }

func identityMembers(wallet []byte, epoch int64) ordered {
	return ordered{{"wallet", b64u(wallet)}, {"epoch", epoch}}
}

func identityKey(vmk, wallet []byte, epoch int64) []byte {
	return derive(vmk, "identity-box", join(wallet, u32(epoch)), 32)
}

func openIdentity(vmk, wallet []byte, epoch int64, token string) identity {
	plain := openJWE("identity-box", identityKey(vmk, wallet, epoch), identityMembers(wallet, epoch), token)
	need(len(plain) == 96, "malformed")
	return identity{plain[:32], plain[32:64], plain[64:]}
}

func sealIdentity(vmk, wallet []byte, epoch int64, id identity) string {
	return sealJWE("identity-box", identityKey(vmk, wallet, epoch), identityMembers(wallet, epoch),
		join(id.signing, id.receive, id.log))
}

// place is where an envelope is expected.
type place struct {
	wallet, id     []byte
	method         string
	version, epoch int64
}

func (p place) members(kdf, commit any) ordered {
	return ordered{{"wallet", b64u(p.wallet)}, {"id", b64u(p.id)}, {"method", p.method}, {"version", p.version},
		{"epoch", p.epoch}, {"kdf", kdf}, {"commit", commit}}
}

func (p place) keys(root []byte) (key, commit []byte) {
	both := derive(root, "envelope", join(p.wallet, p.id, u32(p.version), []byte(p.method)), 64)
	return both[:32], both[32:]
}

func (p place) kdf(handle string) string {
	if p.method == "passphrase" {
		return profileOf(handle)
	}
	return kdfNone
}

func sealEnvelope(p place, root []byte, handle string, vmk []byte) string {
	key, commit := p.keys(root)
	return sealJWE("envelope", key, p.members(p.kdf(handle), b64u(commit)), vmk)
}

func openEnvelope(p place, root []byte, handle, token string) []byte {
	t := splitJWE(token)
	kdf, carried := t.carried("kdf"), t.carried("commit")
	if kdf == nil || carried == nil {
		mismatch(t.header)
	}
	commit := unb64u(asText(carried), 32)
	t.expect("envelope", p.members(kdf, b64u(commit)))
	need(kdf == p.kdf(handle), "kdf-refused")
	key, mine := p.keys(root)
	need(subtle.ConstantTimeCompare(commit, mine) == 1, "wrong-key")
	vmk := t.decrypt(key)
	need(len(vmk) == 32, "malformed")
	return vmk
}

// shown is what a server shows of a wallet.
type shown struct {
	genesis, box, head string
	methods            []methodRow
	objects            []objectRow
}

// checkWallet are the four checks after every unwrap; any failure is `server-lied`.
func checkWallet(wallet, vmk []byte, s shown) (g genesis, id identity, head change) {
	otherwise("server-lied", func() {
		g = verifyGenesis(s.genesis)
		need(sameBytes(g.wallet, wallet), "server-lied")
		head = verifyChange(s.head, g.signing)
		need(sameBytes(head.wallet, wallet), "server-lied")
		id = openIdentity(vmk, wallet, head.epoch, s.box)
		need(sameBytes(publicOf(id.signing), g.signing), "server-lied")
		need(sameBytes(x25519Public(id.receive), g.receive), "server-lied")
		need(sameBytes(x25519Public(id.log), g.log), "server-lied")
		checkHead(head, s)
	})
	return g, id, head
}
