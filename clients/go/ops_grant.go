package main

// Operations of vectors/README.md on formats/attachment.md and grant.md.

func (a args) attachment() (attachment, []byte) {
	file := make([]byte, a.num("size"))
	for i := range file {
		file[i] = byte(i % 251)
	}
	return attachment{id: a.bin("id"), version: a.num("version"), key: a.bin("key"), chunk: a.num("chunk")}, file
}

// edit changes stored chunks as `attachment.open` says.
func edit(chunks [][]byte, how list, foreign func(key []byte) [][]byte) [][]byte {
	at := func(i int) int64 { return asInteger(how[i], 0, maxInteger) }
	switch asText(how[0]) {
	case "none":
	case "flip":
		one, i := chunks[at(1)], asInteger(how[2], -maxChunk, maxChunk)
		if i < 0 { // counted from the end
			i += int64(len(one))
		}
		one[i] ^= 1
	case "swap":
		chunks[at(1)], chunks[at(2)] = chunks[at(2)], chunks[at(1)]
	case "repeat":
		chunks[at(1)+1] = chunks[at(1)]
	case "drop":
		chunks = append(chunks[:at(1)], chunks[at(1)+1:]...)
	case "cut":
		chunks[at(1)] = chunks[at(1)][:int64(len(chunks[at(1)]))-at(2)]
	case "append":
		chunks[at(1)] = append(chunks[at(1)], make([]byte, at(2))...)
	case "add":
		chunks = append(chunks, chunks[at(1)])
	case "foreign":
		chunks[0] = foreign(unb64u(asText(how[1]), 32))[0]
	default:
		panic("unknown edit")
	}
	return chunks
}

var attachmentOps = map[string]operation{
	"attachment.seal": func(a args) any {
		d, file := a.attachment()
		stored := join(sealFile(&d, file)...)
		return object{"chunks": d.chunks, "length": int64(len(stored)), "stored": b64u(sha(stored)), "hash": b64u(d.hash)}
	},
	"attachment.open": func(a args) any {
		d, file := a.attachment()
		chunks := edit(sealFile(&d, file), a.list("edit"), func(key []byte) [][]byte {
			other := d
			other.key = key
			return sealFile(&other, file)
		})
		if a.given("hash") {
			d.hash = a.bin("hash")
		}
		return object{"digest": b64u(sha(openChunks(d, chunks)))}
	},
	"attachment.parse": func(a args) any {
		d := readAttachment(a["value"])
		return object{"id": b64u(d.id), "version": d.version, "size": d.size, "chunks": d.chunks}
	},
}

func (a args) reader() reader {
	r := reader{locator: locate(a.secret("secret")), now: a.num("now"),
		passcode: a.textOr("passcode", "")}
	if a.given("agency_key") {
		key := a.sealKey("agency_key")
		r.agency = &key
	}
	if a.given("seen") {
		seen := a.list("seen")
		r.seenVersion, r.seenRecord = asInteger(seen[0], 1, 1<<32), asText(seen[1])
	}
	return r
}

func (a args) delivered() delivered {
	d := delivered{a.text("record"), a.text("policy"), a.text("terms"), a.textOr("keybox", ""), map[string]string{}}
	if a.given("slots") {
		for id, token := range open(a["slots"]) {
			d.slots[id] = asText(token)
		}
	}
	return d
}

var grantOps = map[string]operation{
	"grant.locate": func(a args) any {
		l := locate(a.secret("secret"))
		return object{"grant": b64u(l.grant), "auth": b64u(l.auth), "recipient": b64u(l.recipient),
			"terms_key": b64u(l.termsKey), "base": b64u(l.base), "salt": b64u(l.salt)}
	},
	"grant.tag": func(a args) any {
		return object{"tag": b64u(locate(a.secret("secret")).tag(a.bin("agency_key")))}
	},
	"link.read": func(a args) any {
		origin, path, secret := readLink(a.text("url"))
		return object{"origin": origin, "path": path, "locator": b64u(secret)}
	},
	"grant.leaked": func(a args) any { return object{"grant": hashOrNull(leaked(a.text("path")))} },
	"policy.read": func(a args) any {
		p := readPolicy(a.text("text"))
		var profile any
		if p.passcode != "" {
			profile = p.passcode
		}
		return object{"hash": b64u(p.hash), "grant": b64u(p.grant), "opens": p.opens, "passcode": profile}
	},
	"terms.read": func(a args) any { return object{"hash": b64u(readTerms([]byte(a.text("text"))).hash)} },
	"slot.read": func(a args) any {
		s := readSlot([]byte(a.text("text")))
		var ref any
		if s.ref != "" {
			ref = s.ref
		}
		return object{"kind": s.kind, "name": s.name, "ref": ref}
	},
	"record.verify": func(a args) any {
		r := verifyRecord(a.text("token"), a.bin("grant"))
		return object{"version": r.version, "policy": b64u(r.policy), "terms": b64u(r.terms), "keybox": b64u(r.keybox),
			"key": b64u(r.key)}
	},
	"record.key": func(a args) any {
		who := []byte(a.text("recipient"))
		if a["agency"] != true {
			who = unb64u(a.text("recipient"), 16)
		}
		return object{"public": b64u(publicOf(recordSeed(a.bin("seed"), who)))}
	},
	"passcode.proof": func(a args) any {
		l := locate(a.secret("secret"))
		return object{"proof": b64u(l.passcodeProof(l.passcodeKey(a.text("profile"), a.text("passcode"))))}
	},
	"grant.read": func(a args) any {
		c := a.reader().read(a.delivered())
		values := object{}
		for id, s := range c.slots {
			values[id] = s.value
		}
		return object{"version": c.record.version, "record": digest(c.record.token), "values": values}
	},
	"grant.preview": func(a args) any {
		c := a.reader().preview(a.delivered())
		return object{"purpose": c.terms.purpose, "version": c.record.version}
	},
}
