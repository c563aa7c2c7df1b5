package main

// Deposits: formats/deposit.md.

const maxManifest = 16 << 10

type depositPlace struct{ code, auth, keyHash []byte }

// locateDeposit reads a locator D = secret ‖ key hash.
func locateDeposit(d []byte) depositPlace {
	return depositPlace{derive(d[:16], "deposit-id", nil, 16), derive(d[:16], "deposit-auth", nil, 32), d[16:]}
}

func (p depositPlace) checkKey(public []byte) {
	suite := suiteOf(checkSealKey(public))
	need(sameBytes(sha(infoOf(suite, "deposit-key", public))[:16], p.keyHash), "wrong-key")
}

type manifest struct {
	kind, name string
	file       attachment
	signer     []byte // nil: unknown sender
}

// openManifest opens a manifest and says who signed it; `agency` is the request key of the agency it names, if known.
func openManifest(private sealKey, code, item []byte, token string, agency []byte) manifest {
	plain := unpadded(openBox("deposit", private, join(code, item), token))
	o := open(readJSON(plain, maxManifest), "v", "kind", "name", "media", "attachment", "sender")
	o.one("v")
	m := manifest{kind: o.word("kind", "paper", "credential", "mark", "request"), name: o.text("name"),
		file: readAttachment(o["attachment"])}
	o.text("media")
	if o.has("note") {
		o.text("note")
	}
	sender := closed(o["sender"], "type", "id?", "name?")
	for name := range sender {
		sender.text(name)
	}
	who := sender.word("type", "anonymous", "agency", "wallet")
	if o.has("signature") {
		signature := o.text("signature")
		attempt(func() { m.signer = m.checkSignature(who, signature, code, item, agency) })
	}
	return m
}

func (m manifest) checkSignature(who, token string, code, item, agency []byte) []byte {
	var payload, signer []byte
	switch who {
	case "agency":
		need(agency != nil, "unknown-agency")
		payload, signer = verifyKid("deposit-signature", agency, token), agency
	case "wallet":
		signer, payload = verifyJWK("deposit-signature", token)
	default:
		return nil
	}
	o := closed(readJSON(payload, maxManifest), "v", "code", "item", "attachment", "kind", "time")
	o.one("v")
	o.time("time")
	need(sameBytes(o.id("code"), code) && sameBytes(o.id("item"), item), "bad-signature")
	need(sameBytes(o.hash("attachment"), m.file.hash) && o.text("kind") == m.kind, "bad-signature")
	return signer
}
