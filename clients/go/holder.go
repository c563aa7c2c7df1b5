package main

import "fmt"

// A holder's wallet in memory: formats/wallet.md, object.md, chain.md; calls of api.md.

// paper is what a person keeps: sheet and passphrase.
type paper struct{ handle, passphrase, recovery, stop string }

type wallet struct {
	*device
	server   server
	vmk      []byte
	genesis  genesis
	identity identity
	shown    shown
	state    chainState
	access   []byte
	payloads map[string]object
	promises []promise
}

// sealMethod makes one row of `methods` and what the server gets of it.
func sealMethod(w *wallet, kind, handle string, root []byte) ordered {
	p := place{w.genesis.wallet, random(16), kind, 1, 1}
	envelope := sealEnvelope(p, root, handle, w.vmk)
	w.shown.methods = append(w.shown.methods, methodRow{p.id, 1, envelope})
	return ordered{{"id", b64u(p.id)}, {"kind", kind}, {"version", 1},
		{"public", b64u(publicOf(signInSeed(root, handle)))}, {"envelope", envelope}}
}

// createWallet makes a wallet with a passphrase and a recovery code.
func createWallet(s server) (*wallet, paper) {
	recovery, stop := random(16), random(12)
	p := paper{newHandle(), newPassphrase(24), writeCode(recovery), writeCode(stop)}
	w := &wallet{device: newDevice(s.origin), server: s, vmk: random(32), payloads: map[string]object{}}
	w.identity = identity{random(32), random(32), random(32)}
	w.shown.genesis = signJWK("genesis", w.identity.signing, ordered{{"v", 1}, {"suite", 1},
		{"receive", b64u(x25519Public(w.identity.receive))}, {"log", b64u(x25519Public(w.identity.log))},
		{"created", now()}, {"nonce", b64u(random(16))}})
	w.genesis = verifyGenesis(w.shown.genesis)
	w.shown.box = sealIdentity(w.vmk, w.genesis.wallet, 1, w.identity)
	methods := list{
		sealMethod(w, "passphrase", p.handle, passphraseRoot(p.passphrase, p.handle)),
		sealMethod(w, "recovery", p.handle, recoveryRoot(recovery, p.handle)),
	}
	w.state.epoch, w.access = 1, accessOf(w.shown.methods, w.shown.box)
	first := w.nextChange(nil)
	o := w.post("/v1/wallets", ordered{{"handle", p.handle}, {"genesis", w.shown.genesis},
		{"identity_box", w.shown.box}, {"methods", methods}, {"stop", b64u(sha(stopProof(stop, p.handle)))},
		{"change", first}, {"label", "mappe-go"}})
	w.promises = append(w.promises, s.promised(o, did{kind: "wallet-created"}))
	need(o.text("wallet") == b64u(w.genesis.wallet) && o.text("device") == w.jkt, "server-lied")
	w.token = o.text("token")
	w.took(first)
	return w, p
}

// nextChange signs a change of these objects on top of the state.
func (w *wallet) nextChange(rows []objectRow) string {
	return makeChange(w.identity.signing, change{wallet: w.genesis.wallet, number: w.state.number + 1,
		parent: w.state.head, epoch: w.state.epoch, objects: rows, root: rootOf(apply(w.state.objects, rows)),
		access: w.access, device: unb64u(w.jkt, 32), time: now()})
}

func (w *wallet) took(change string) {
	w.state = w.state.advance(verifyChange(change, w.genesis.signing))
}

// add writes one new object.
func (w *wallet) add(payload ordered) {
	id := random(16)
	key, body := sealObject(w.vmk, w.genesis.wallet, id, 1, w.state.epoch, payload)
	next := w.nextChange([]objectRow{{id, 1, sha([]byte(body))}})
	o := w.post("/v1/changes", ordered{{"change", next}, {"objects", list{
		ordered{{"id", b64u(id)}, {"version", 1}, {"key", key}, {"body", body}}}}})
	need(o.integer("number", 1, maxInteger) == w.state.number+1, "server-lied")
	w.promises = append(w.promises, w.server.promised(o, did{kind: "vault-changed"}))
	w.took(next)
	w.payloads[b64u(id)] = parseObject([]byte(writeJSON(payload)))
}

// upload seals a file and stores it in pieces.
func (w *wallet) upload(name, media string, file []byte) attachment {
	a := attachment{id: random(16), version: 1, name: name, media: media, chunk: maxChunk, key: random(32)}
	stored := join(sealFile(&a, file)...)
	o := w.post("/v1/attachments", ordered{{"id", b64u(a.id)}, {"version", a.version}, {"size", len(stored)}})
	path := fmt.Sprintf("/v1/attachments/%s/%d", b64u(a.id), a.version)
	for at := o.integer("offset", 0, a.stored()); at < a.stored(); {
		end := at + 1<<20
		if end > a.stored() {
			end = a.stored()
		}
		header := map[string]string{"Upload-Offset": fmt.Sprint(at), "Content-Type": "application/octet-stream"}
		o = send(w.device, w.origin, "PATCH", path, header, stored[at:end], false).json()
		at = o.integer("offset", end, end)
	}
	need(o.flag("complete"), "truncated")
	return a
}

// download fetches and opens a file of one's own.
func (w *wallet) download(a attachment) []byte {
	path := fmt.Sprintf("/v1/attachments/%s/%d", b64u(a.id), a.version)
	o := send(w.device, w.origin, "GET", path, nil, nil, false)
	need(o.status == 200, "not-found")
	return openChunks(a, cutChunks(a, o.body))
}

func readMethods(value any) (rows []methodRow, kinds []string) {
	for _, one := range asList(value) {
		m := open(one, "id", "kind", "version", "envelope")
		rows = append(rows, methodRow{m.id("id"), m.number("version"), m.text("envelope")})
		kinds = append(kinds, m.text("kind"))
	}
	return rows, kinds
}

// signInWith opens a wallet on a new device with handle and passphrase.
func signInWith(s server, p paper) *wallet {
	w := &wallet{device: newDevice(s.origin), server: s, payloads: map[string]object{}}
	root := passphraseRoot(p.passphrase, p.handle)
	nonce := publicPost(s.origin, "/v1/sign-in/challenge", ordered{}).text("nonce")
	proof := makeSignIn(signInSeed(root, p.handle), signIn{origin: s.origin, handle: p.handle, method: "passphrase",
		action: "sign-in", nonce: nonce, jkt: w.jkt, body: digest("")})
	o := w.post("/v1/sign-in", ordered{{"proof", proof}, {"label", "mappe-go"}})
	w.promises = append(w.promises, s.promised(o, did{kind: "device-added"}))
	w.token = o.text("token")
	w.genesis = verifyGenesis(o.text("genesis"))
	need(b64u(w.genesis.wallet) == o.text("wallet"), "server-lied")
	head := verifyChange(open(o["head"]).text("change"), w.genesis.signing)
	rows, kinds := readMethods(o["methods"])
	for i, row := range rows {
		if kinds[i] == "passphrase" {
			at := place{w.genesis.wallet, row.id, kinds[i], row.version, head.epoch}
			w.vmk = openEnvelope(at, root, p.handle, row.envelope)
		}
	}
	need(w.vmk != nil, "server-lied")
	w.sync()
	return w
}

// sync takes the snapshot and makes the four checks after an unwrap.
func (w *wallet) sync() {
	nonce := random(16)
	o := w.post("/v1/sync", ordered{{"since", nil}, {"nonce", b64u(nonce)}})
	need(o["next"] == nil, "malformed") // a small wallet: one page
	s := shown{genesis: o.text("genesis"), box: o.text("identity_box"), head: open(o["head"]).text("change")}
	s.methods, _ = readMethods(o["methods"])
	sealed := map[string]object{}
	for _, value := range o.list("objects") {
		one := open(value, "id", "version")
		row := objectRow{id: one.id("id"), version: one.number("version")}
		if one.has("body") {
			row.body = sha([]byte(one.text("body")))
			sealed[one.text("id")] = one
		}
		s.objects = append(s.objects, row)
	}
	g, id, head := checkWallet(w.genesis.wallet, w.vmk, s)
	told := verifyHeadStatement(o.text("statement"), w.server.promiseKey, nonce)
	need(told.number == head.number && sameBytes(told.head, head.hash), "forked")
	w.genesis, w.identity, w.shown, w.access = g, id, s, head.access
	w.state = chainState{head.number, head.epoch, head.hash, s.objects}
	for name, one := range sealed {
		w.payloads[name] = openObject(w.vmk, g.wallet, one.id("id"), one.number("version"), head.epoch,
			one.text("key"), one.text("body"))
	}
}
