package main

// Requests and answers: formats/request.md.

const maxRequest, maxNotice = 16 << 10, 4096

type requestPlace struct{ secret, id, auth, key []byte }

func locateRequest(secret []byte) requestPlace {
	return requestPlace{secret, derive(secret, "request-id", nil, 16), derive(secret, "request-auth", nil, 32),
		derive(secret, "request-key", nil, 32)}
}

// open gives the request's JWS.
func (p requestPlace) open(token string) string {
	key := derive(p.key, "request-box", p.id, 32)
	plain := unpadded(openJWE("request-box", key, ordered{{"request", b64u(p.id)}}, token))
	for _, c := range plain {
		need(c < 0x80, "malformed")
	}
	return string(plain)
}

type request struct {
	id, nonce                              []byte
	agency, audience, purpose, basis, mode string
	fields                                 []string
	exp                                    int64
}

func verifyRequest(token string, public []byte) request {
	o := closed(readJSON(verifyKid("request", public, token), maxRequest), "v", "request", "agency", "audience", "purpose",
		"basis", "required", "optional", "retention", "on_no", "nonce", "iat", "exp", "mode", "digits")
	o.one("v")
	why := closed(o["purpose"], "id", "text")
	why.text("text")
	o.text("retention")
	o.text("on_no")
	r := request{id: o.id("request"), nonce: o.id("nonce"), agency: o.text("agency"), audience: o.text("audience"),
		purpose: why.text("id"), basis: o.word("basis", "consent", "contract", "public-task"), exp: o.time("exp"),
		mode: o.word("mode", "desk", "poster", "link", "api"), fields: texts(o["required"], notEmpty)}
	r.fields = append(r.fields, texts(o["optional"], notEmpty)...)
	need(agencyPattern.MatchString(r.agency), "malformed")
	life, digits := r.exp-o.time("iat"), o.flag("digits")
	need(life > 0, "malformed")
	switch r.mode {
	case "desk":
		need(life <= 120 && digits, "malformed")
	case "poster":
		need(life <= 366*86400 && !digits, "malformed")
	default:
		need(life <= 30*86400, "malformed")
	}
	return r
}

// checkRequest is what the wallet checks; it gives the fields beyond the purpose's.
func (p requestPlace) check(token string, reg registry, audience string, now int64, answered []string) (request, []string) {
	named, ok := readJSON(splitJWS(token).payload, maxRequest).(object)
	need(ok, "malformed")
	a := reg.find(named.text("agency"))
	need(a != nil && a.active, "unknown-agency")
	r := a.verify(token, now)
	need(sameBytes(r.id, p.id), "wrong-request")
	need(r.audience == audience, "wrong-audience")
	need(now < r.exp, "expired")
	need(!contains(answered, b64u(r.nonce)), "already-answered")
	allowed, known := a.purposes[r.purpose]
	need(known && allowed.basis == r.basis, "over-asking")
	var beyond []string
	for _, field := range r.fields {
		if !contains(allowed.fields, field) {
			beyond = append(beyond, field)
		}
	}
	return r, beyond
}

// verify takes the signature of an active request key.
func (a agency) verify(token string, now int64) request {
	header := splitJWS(token).header
	for _, k := range a.keys {
		if k.use == "request" && k.active && now >= k.nbf && now < k.exp && header == kidHeader("request", k.key.x) {
			return verifyRequest(token, k.key.x)
		}
	}
	refuse("bad-signature")
	return request{}
}

type notice struct {
	locator, grant []byte
	request, nonce any
	time           int64
}

// openNotice opens a notice that came for this request, nil: without one.
func openNotice(private sealKey, request []byte, token string) notice {
	context := make([]byte, 16)
	if request != nil {
		context = request
	}
	plain := openBox("notice", private, join(context, private.thumbprint()), token)
	o := closed(readJSON(unpadded(plain), maxNotice), "v", "locator", "request", "nonce", "grant", "time")
	o.one("v")
	n := notice{o.hash("locator"), o.id("grant"), o["request"], o["nonce"], o.time("time")}
	for _, name := range []string{"request", "nonce"} {
		if o[name] != nil {
			o.id(name)
		}
	}
	if request == nil {
		need(n.request == nil, "wrong-request")
	} else {
		need(n.request == b64u(request), "wrong-request")
	}
	return n
}

func digitsHash(salt []byte, typed string) []byte { return sha(salt, []byte(digitsTyped(typed, 6))) }
