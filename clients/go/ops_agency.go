package main

// Operations of vectors/README.md on formats/log.md, registry.md, request.md and deposit.md.

func (a args) logPin() logPin {
	l := a.list("pin")
	return logPin{asInteger(l[0], 0, maxInteger), unb64u(asText(l[1]), 32)}
}

var logOps = map[string]operation{
	"event.read": func(a args) any {
		e := readEvent(a.text("text"))
		return object{"kind": e.kind, "time": e.time, "actor": e.actor}
	},
	"log.leaf": func(a args) any {
		one := halfA(a.bin("r1"), a.text("event"))
		two := halfB(a.bin("r2"), a.bin("wallet"), a.num("seq"), a.bin("previous"))
		return object{"a": b64u(one), "b": b64u(two), "leaf": b64u(leafOf(one, two))}
	},
	"registry.leaf": func(a args) any {
		return object{"leaf": b64u(registryLeaf(a.bin("hash"), a.num("version"), a.text("bundle")))}
	},
	"log.check": func(a args) any {
		var rows []logRow
		for _, v := range a.list("rows") {
			l := asList(v)
			rows = append(rows, logRow{seq: asInteger(l[0], 0, maxInteger), leaf: unb64u(asText(l[1]), 32), body: asText(l[2])})
		}
		p, events := fold(a.bin("log_private"), a.bin("wallet"), a.logPin(), rows)
		kinds := list{}
		for _, e := range events {
			kinds = append(kinds, e.kind)
		}
		return object{"seq": p.seq, "leaf": b64u(p.leaf), "kinds": kinds}
	},
	"log.check_head": func(a args) any {
		return object{"seq": checkLogHead(a.text("token"), a.bin("public"), a.bin("wallet"), a.bin("nonce"), a.logPin())}
	},
	"promise.check": func(a args) any {
		p := checkPromise(a.text("token"), a.bin("public"), a.text("event"))
		return object{"leaf": b64u(p.leaf), "time": p.time, "deadline": p.deadline}
	},
	"merkle.root": func(a args) any { return object{"root": b64u(treeRoot(a.bins("leaves")))} },
	"merkle.inclusion": func(a args) any {
		checkInclusion(a.bin("leaf"), a.num("index"), a.num("size"), a.bins("path"), a.bin("root"))
		return object{}
	},
	"merkle.consistency": func(a args) any {
		checkConsistency(a.num("first"), a.num("size"), a.bins("path"), a.bin("first_root"), a.bin("root"))
		return object{}
	},
	"tile.path": func(a args) any {
		return object{"path": tilePath(a.num("level"), a.num("number"), a.num("width"))}
	},
	"checkpoint.verify": func(a args) any {
		var witnesses []verifier
		for _, key := range texts(a["witnesses"], anyText) {
			witnesses = append(witnesses, readVerifier(key, signedByWitness))
		}
		c := verifyCheckpoint(a.text("note"), readVerifier(a.text("log"), signedByLog), witnesses)
		names := list{}
		for _, w := range c.witnesses {
			names = append(names, list{w.witness, w.time})
		}
		return object{"origin": c.origin, "size": c.size, "root": b64u(c.root), "witnesses": names}
	},
}

var agencyOps = map[string]operation{
	"registry.read": func(a args) any {
		var p *registryPin
		if a.given("pinned") {
			l := a.list("pinned")
			p = &registryPin{asInteger(l[0], 1, 1<<32), unb64u(asText(l[1]), 32)}
		}
		r := readRegistry(a.text("document"), readRoots(a.text("roots")), a.num("now"), p)
		ids := list{}
		for _, one := range r.agencies {
			ids = append(ids, one.id)
		}
		return object{"version": r.version, "hash": b64u(r.hash), "agencies": ids}
	},
	"registry.seal_key": func(a args) any {
		reg := readRegistryPayload([]byte(a.text("registry")))
		key := reg.find(a.text("agency")).sealKey(a.num("now"), a.list("suites"))
		if key == nil {
			return object{"kid": nil, "suite": nil}
		}
		return object{"kid": b64u(key.key.thumbprint), "suite": key.key.suite()}
	},
	"enrolment.read": func(a args) any {
		id, fingerprint := readEnrolment(a.text("token"))
		return object{"id": id, "fingerprint": fingerprint}
	},
	"request.locate": func(a args) any {
		p := locateRequest(a.secret("secret"))
		return object{"request": b64u(p.id), "auth": b64u(p.auth), "key": b64u(p.key)}
	},
	"request.open": func(a args) any {
		return object{"request": locateRequest(a.secret("secret")).open(a.text("token"))}
	},
	"request.verify": func(a args) any {
		r := verifyRequest(a.text("token"), a.bin("public"))
		return object{"request": b64u(r.id), "agency": r.agency, "mode": r.mode}
	},
	"request.check": func(a args) any {
		reg := readRegistryPayload([]byte(a.text("registry")))
		r, beyond := locateRequest(a.secret("secret")).check(a.text("token"), reg, a.text("audience"), a.num("now"),
			texts(a["answered"], anyText))
		over := list{}
		for _, field := range beyond {
			over = append(over, field)
		}
		return object{"agency": r.agency, "over_asking": over}
	},
	"roots.read": func(a args) any {
		r := readRoots(a.text("roots"))
		return object{"bundle": r.bundle, "fingerprint": rootsFingerprint(r)}
	},
	"notice.open": func(a args) any {
		n := openNotice(a.sealKey("private"), a.binOr("request"), a.text("token"))
		return object{"locator": b64u(n.locator), "request": n.request, "nonce": n.nonce, "grant": b64u(n.grant),
			"time": n.time}
	},
	"request.digits": func(a args) any { return object{"hash": b64u(digitsHash(a.bin("salt"), a.text("typed")))} },
	"deposit.locate": func(a args) any {
		p := locateDeposit(a.secret("locator"))
		return object{"code": b64u(p.code), "auth": b64u(p.auth), "key_hash": b64u(p.keyHash)}
	},
	"deposit.check_key": func(a args) any {
		locateDeposit(a.secret("locator")).checkKey(a.bin("public"))
		return object{}
	},
	"deposit.open": func(a args) any {
		m := openManifest(a.sealKey("private"), a.bin("code"), a.bin("item"), a.text("token"), a.binOr("agency_key"))
		return object{"kind": m.kind, "name": m.name, "signer": hashOrNull(m.signer)}
	},
}
