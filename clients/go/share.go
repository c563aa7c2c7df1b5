package main

import "fmt"

// Sharing and redeeming a link: formats/grant.md; calls of api.md.

// share is what one slot of a grant shows.
type share struct {
	kind, name string
	value      any
	file       *attachment
}

const shownText = "I agree that the named papers are read for this purpose."

// published is a grant as its holder keeps it.
type published struct {
	locator
	link, passcode string
	slots          map[string]string // name → slot id
}

func slotJSON(s share, ref []byte) ordered {
	o := ordered{{"v", 1}, {"kind", s.kind}, {"name", s.name}, {"value", s.value}, {"assurance", "self-declared"},
		{"source", "mappe-go"}, {"as_of", "2026-05-04"}, {"evidence", list{}}}
	if s.file != nil {
		o = append(o, member{"attachment", append(s.file.json(), member{"ref", b64u(ref)})})
	}
	return o
}

// publish shares these slots under a link with a passcode.
func (w *wallet) publish(shares []share) published {
	p := published{locator: locate(random(32)), passcode: newPassphrase(6), slots: map[string]string{}}
	p.link = linkOf(w.origin, "g", p.secret)
	seed := recordSeed(w.identity.signing, p.grant)
	signer := thumbprint(publicOf(seed))
	ids, told, files, refs := list{}, ordered{}, list{}, map[string][]byte{}
	for _, s := range shares {
		id := b64u(random(16))
		p.slots[s.name], ids = id, append(ids, id)
		told = append(told, member{id, ordered{{"kind", s.kind}, {"name", s.name}}})
		if s.file != nil {
			refs[s.name] = random(16)
			files = append(files, ordered{{"ref", b64u(refs[s.name])}, {"attachment", b64u(s.file.id)},
				{"version", s.file.version}})
		}
	}
	text := writeJSON(ordered{{"v", 1}, {"salt", b64u(random(16))}, {"purpose", "Enrolment in a course"},
		{"basis", "consent"}, {"retention", "until the course ends"}, {"language", "en"},
		{"text", b64u(sha([]byte(shownText)))}, {"text_kind", "consent"}, {"recipient", ordered{{"name", "VHS"}}},
		{"request", nil}, {"standing", false}, {"signer", b64u(signer)}, {"slots", told}})
	policy := writeJSON(ordered{{"v", 1}, {"suite", 1}, {"grant", b64u(p.grant)}, {"recipient", "bearer"},
		{"slots", ids}, {"nbf", now() - 60}, {"exp", now() + 86400}, {"opens", 3}, {"passcode", kdf32},
		{"terms", b64u(readTerms([]byte(text)).hash)}})
	hash := readPolicy(policy).hash
	terms := sealJWE("terms", p.sealedTermsKey(), ordered{{"grant", b64u(p.grant)}}, padded([]byte(text)))
	a, g := p.passcodeKey(kdf32, p.passcode), random(32)
	key, commit := p.linkKeys(a, 1)
	keybox := sealJWE("keybox", key, keyboxMembers(p.grant, 1, hash, b64u(commit)), join(g, signer))
	sealed, digests := ordered{}, ordered{}
	for _, s := range shares {
		id := p.slots[s.name]
		plain := []byte(writeJSON(slotJSON(s, refs[s.name])))
		readSlot(plain)
		token := sealJWE("slot", slotKey(g, id, 1), slotMembers(p.grant, 1, id, hash), padded(plain))
		sealed, digests = append(sealed, member{id, token}), append(digests, member{id, digest(token)})
	}
	record := signJWK("record", seed, ordered{{"v", 1}, {"grant", b64u(p.grant)}, {"version", 1}, {"policy", b64u(hash)},
		{"terms", digest(terms)}, {"keybox", digest(keybox)}, {"slots", digests}, {"time", now()}})
	o := w.put("/v1/grants/"+b64u(p.grant), ordered{{"policy", policy}, {"terms", terms}, {"keybox", keybox},
		{"slots", sealed}, {"record", record}, {"auth", b64u(sha(p.auth))},
		{"passcode", b64u(sha(p.passcodeProof(a)))}, {"files", files}})
	w.promises = append(w.promises, w.server.promised(o, did{kind: "grant-created", grant: b64u(p.grant)}))
	return p
}

// guest is a link holder: a key made for this one open, and the link.
type guest struct {
	*device
	server   server
	reader   reader
	lease    string
	content  content
	promises []promise
}

func newGuest(s server, link string) *guest {
	origin, path, secret := readLink(link)
	need(origin == s.origin && path == "g", "wrong-audience")
	return &guest{device: newDevice(origin), server: s, reader: reader{locator: locate(secret), now: now()},
		lease: b64u(random(16))}
}

func (g *guest) path(what string) string { return "/v1/grants/" + b64u(g.reader.grant) + "/" + what }

func deliveredOf(o object) delivered {
	d := delivered{o.text("record"), o.text("policy"), o.text("terms"), "", map[string]string{}}
	if o.has("keybox") {
		d.keybox = o.text("keybox")
		for id, token := range open(o["slots"]) {
			d.slots[id] = asText(token)
		}
	}
	return d
}

func (g *guest) peek() content {
	o := g.post(g.path("peek"), ordered{{"auth", b64u(g.reader.auth)}})
	g.promises = append(g.promises, g.server.promised(o, did{kind: "grant-looked-at", grant: b64u(g.reader.grant)}))
	return g.reader.preview(deliveredOf(o))
}

// tryOpen asks for the grant with this passcode.
func (g *guest) tryOpen(policy policy, passcode string) answer {
	g.reader.passcode = passcode
	proof := g.reader.passcodeProof(g.reader.passcodeKey(policy.passcode, passcode))
	body := writeJSON(ordered{{"auth", b64u(g.reader.auth)}, {"lease", g.lease}, {"proof", b64u(proof)}})
	return send(g.device, g.origin, "POST", g.path("open"), nil, []byte(body), true)
}

func (g *guest) open(policy policy, passcode string) {
	o := g.tryOpen(policy, passcode).json()
	g.promised(o, "grant-opened", sortedNames(open(o["slots"])))
	need(open(o["lease"]).text("id") == g.lease, "server-lied")
	g.content = g.reader.read(deliveredOf(o))
}

func (g *guest) promised(o object, kind string, slots []string) {
	what := did{kind, b64u(g.reader.grant), g.lease, slots}
	g.promises = append(g.promises, g.server.promised(o, what))
}

// file fetches and opens the file of a slot.
func (g *guest) file(id string) []byte {
	s := g.content.slots[id]
	body := writeJSON(ordered{{"auth", b64u(g.reader.auth)}, {"lease", g.lease}, {"slot", id}})
	a := send(g.device, g.origin, "POST", g.path("files/"+s.ref), nil, []byte(body), true)
	if a.status != 200 {
		a.json()
		refuse(fmt.Sprint("status ", a.status))
	}
	told := object{"event": string(unb64u(a.header.Get("Mappe-Event"), -1)),
		"promise": string(unb64u(a.header.Get("Mappe-Promise"), -1))}
	g.promised(told, "file-delivered", []string{id})
	return openChunks(*s.file, cutChunks(*s.file, a.body))
}
