package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"io"
	"math/big"
	"net/http"
	"strings"
	"time"
)

// Calls to a server: api.md; DPoP proofs: formats/sign_in.md.

const maxAnswer = 64 << 20

// device is a caller with a DPoP key (ES256) and, once it is signed in, a token.
type device struct {
	origin, token string
	key           *ecdsa.PrivateKey
	jkt           string
}

func newDevice(origin string) *device {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	d := &device{origin: origin, key: key}
	x, y := d.point()
	d.jkt = b64u(sha([]byte(writeJSON(ordered{{"crv", "P-256"}, {"kty", "EC"}, {"x", x}, {"y", y}}))))
	return d
}

func fixed(n *big.Int) []byte { return n.FillBytes(make([]byte, 32)) }

func (d *device) point() (x, y string) { return b64u(fixed(d.key.X)), b64u(fixed(d.key.Y)) }

// proof makes the DPoP proof of a request; body is nil where it is not JSON.
func (d *device) proof(method, path string, body []byte) string {
	x, y := d.point()
	header := ordered{{"typ", "dpop+jwt"}, {"alg", "ES256"},
		{"jwk", ordered{{"kty", "EC"}, {"crv", "P-256"}, {"x", x}, {"y", y}}}}
	claims := ordered{{"jti", b64u(random(16))}, {"htm", method}, {"htu", d.origin + path}, {"iat", now()}}
	if d.token != "" {
		claims = append(claims, member{"ath", digest(d.token)})
	}
	if body != nil {
		claims = append(claims, member{"bh", b64u(sha(body))})
	}
	input := encodeHeader(header) + "." + encodeHeader(claims)
	r, s, err := ecdsa.Sign(rand.Reader, d.key, sha([]byte(input)))
	must(err)
	return input + "." + b64u(join(fixed(r), fixed(s)))
}

func now() int64 { return time.Now().Unix() }

type answer struct {
	status int
	header http.Header
	body   []byte
}

// send makes one request; a nil device sends no proof.
func send(d *device, origin, method, path string, header map[string]string, body []byte, isJSON bool) answer {
	q, err := http.NewRequest(method, origin+path, bytes.NewReader(body))
	must(err)
	if isJSON {
		q.Header.Set("Content-Type", "application/json")
	}
	for name, value := range header {
		q.Header.Set(name, value)
	}
	if d != nil {
		var signed []byte
		if isJSON {
			signed = body
		}
		q.Header.Set("DPoP", d.proof(method, path, signed))
		if d.token != "" {
			q.Header.Set("Authorization", "DPoP "+d.token)
		}
	}
	a, err := http.DefaultClient.Do(q)
	must(err)
	defer a.Body.Close()
	data, err := io.ReadAll(io.LimitReader(a.Body, maxAnswer))
	must(err)
	return answer{a.StatusCode, a.Header, data}
}

// json gives the object of an answer; an error is refused with the server's code.
func (a answer) json() object {
	value := object{}
	if len(a.body) > 0 && strings.Contains(a.header.Get("Content-Type"), "json") {
		value = open(readJSON(a.body, maxAnswer))
	}
	if a.status >= 300 {
		code, _ := value["code"].(string)
		refuse(code)
	}
	return value
}

func (d *device) post(path string, body ordered) object {
	return send(d, d.origin, "POST", path, nil, []byte(writeJSON(body)), true).json()
}

func (d *device) put(path string, body ordered) object {
	return send(d, d.origin, "PUT", path, nil, []byte(writeJSON(body)), true).json()
}

// refusedAs makes a call that the server must refuse with this code and gives its answer.
func refusedAs(code string, a answer) object {
	value := open(readJSON(a.body, maxAnswer))
	need(value["code"] == code, "expected "+code)
	return value
}

// server is what the public calls of a server show.
type server struct {
	origin     string
	log        verifier
	promiseKey []byte
}

func publicPost(origin, path string, body ordered) object {
	return send(nil, origin, "POST", path, nil, []byte(writeJSON(body)), true).json()
}

func publicText(origin, path string) string {
	a := send(nil, origin, "GET", path, nil, nil, false)
	need(a.status == 200, "not-found")
	return string(a.body)
}

func meet(origin string) server {
	o := send(nil, origin, "GET", "/v1/meta", nil, nil, false).json()
	need(o.text("origin") == origin, "wrong-audience")
	s := server{origin: origin}
	name := open(o["log"]).text("origin")
	for _, value := range o.list("keys") {
		k := open(value, "kid", "use", "jwk", "retired")
		if k["retired"] != nil || k["use"] != "log" && k["use"] != "promise" {
			continue
		}
		key := readJWKOf(k["jwk"], "Ed25519")
		need(k.text("kid") == b64u(key.thumbprint), "malformed")
		if k["use"] == "promise" {
			s.promiseKey = key.x
		} else {
			s.log = verifier{name, noteKeyID(name, signedByLog, key.x), key.x}
		}
	}
	need(s.promiseKey != nil && s.log.public != nil, "malformed")
	return s
}

// did is what a caller did, as the event must tell it.
type did struct {
	kind, grant, lease string
	slots              []string
}

// promised checks the promise that the answer of a logged call carries, and that its event says what was done.
func (s server) promised(o object, what did) promise {
	e := readEvent(o.text("event"))
	need(e.grant == what.grant, "hash-mismatch")
	if e.kind == "more-entries" && what.grant != "" { // busy hours: one entry for many
		return checkPromise(o.text("promise"), s.promiseKey, o.text("event"))
	}
	need(e.kind == what.kind && e.lease == what.lease, "hash-mismatch")
	names := object{}
	for _, id := range e.slots {
		names[id] = nil
	}
	need(sameNames(names, what.slots), "hash-mismatch")
	return checkPromise(o.text("promise"), s.promiseKey, o.text("event"))
}
