package main

import (
	"bytes"
	"crypto/ed25519"
	"regexp"
	"sort"
	"strings"
)

// The registry of agencies: formats/registry.md.

const maxRegistry, maxRegistryDocument, maxRoots, maxEnrolment = 4 << 20, 6 << 20, 4096, 16 << 10

var (
	bundlePattern = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)
	agencyPattern = regexp.MustCompile(`^[a-z0-9-]{3,40}$`)
	useCurves     = map[string]string{"login": "Ed25519", "request": "Ed25519", "seal": "X25519"}
	hybridCurves  = map[string]string{"seal": hybridName} // keys_2
)

type roots struct {
	bundle string
	keys   [][]byte
}

func readRoots(text string) roots {
	o := closed(readJSON([]byte(text), maxRoots), "v", "bundle", "threshold", "keys")
	o.one("v")
	o.integer("threshold", 2, 2)
	r := roots{bundle: o.text("bundle")}
	need(bundlePattern.MatchString(r.bundle), "malformed")
	seen := map[string]bool{}
	for _, value := range o.list("keys") {
		key := readJWKOf(value, "Ed25519")
		seen[string(key.x)] = true
		r.keys = append(r.keys, key.x)
	}
	need(len(r.keys) == 3 && len(seen) == 3, "malformed")
	return r
}

// rootsFingerprint is what two people compare of a roots file, in whatever order it names the keys.
func rootsFingerprint(r roots) string {
	keys := append([][]byte{}, r.keys...)
	sort.Slice(keys, func(i, j int) bool { return bytes.Compare(keys[i], keys[j]) < 0 })
	return fingerprintOf(sha(info("roots", join([]byte(r.bundle), []byte{0}, join(keys...)))))
}

type agencyKey struct {
	use      string
	key      jwk
	nbf, exp int64
	active   bool
}

type purpose struct {
	basis  string
	fields []string
}

type agency struct {
	id, name string
	active   bool
	purposes map[string]purpose
	keys     []agencyKey
}

type registry struct {
	bundle         string
	version        int64
	expires        int64
	previous, hash []byte
	agencies       []agency
}

// registryPin is [version, hash] that a client saw last.
type registryPin struct {
	version int64
	hash    []byte
}

func readRegistry(document string, r roots, now int64, p *registryPin) registry {
	o := closed(readJSON([]byte(document), maxRegistryDocument), "payload", "signatures")
	payload := verifyRoots(o, r)
	reg := readRegistryPayload(payload)
	need(reg.bundle == r.bundle, "header-mismatch")
	need(now < reg.expires, "expired")
	if p != nil {
		need(reg.version >= p.version, "rolled-back")
		need(reg.version != p.version || sameBytes(reg.hash, p.hash), "two-faced")
		need(reg.version != p.version+1 || sameBytes(reg.previous, p.hash), "two-faced")
	}
	return reg
}

// verifyRoots gives the payload if at least two different root keys signed it.
func verifyRoots(o object, r roots) []byte {
	payload := o.bytes("payload", -1)
	signatures := o.list("signatures")
	need(len(signatures) == 2 || len(signatures) == 3, "malformed")
	signers := map[string]bool{}
	for _, value := range signatures {
		s := closed(value, "protected", "signature")
		signature, header := s.bytes("signature", 64), s.text("protected")
		for _, root := range r.keys {
			input := header + "." + o.text("payload")
			if header == kidHeader("registry", root) && ed25519.Verify(root, []byte(input), signature) {
				signers[string(root)] = true
			}
		}
	}
	need(len(signers) >= 2, "bad-signature")
	return payload
}

func readRegistryPayload(payload []byte) registry {
	o := closed(readJSON(payload, maxRegistry), "v", "bundle", "version", "previous", "issued", "expires", "agencies")
	o.one("v")
	reg := registry{bundle: o.text("bundle"), version: o.number("version"), expires: o.time("expires"),
		hash: tagged("registry", payload)}
	need(bundlePattern.MatchString(reg.bundle), "malformed")
	if o["previous"] != nil {
		reg.previous = o.hash("previous")
	}
	need((reg.previous == nil) == (reg.version == 1), "malformed")
	issued := o.time("issued")
	need(reg.expires > issued && reg.expires <= issued+45*86400, "malformed")
	ids, kids := map[string]bool{}, map[string]bool{}
	for _, value := range o.list("agencies") {
		a := readAgency(value, kids)
		need(!ids[a.id], "malformed")
		ids[a.id] = true
		reg.agencies = append(reg.agencies, a)
	}
	return reg
}

func readContact(value any) {
	for _, text := range closed(value, "email?", "phone?", "url?") {
		asText(text)
	}
}

func readAgency(value any, kids map[string]bool) agency {
	o := open(value, "id", "name", "address", "contact", "power", "status", "purposes", "keys")
	a := agency{id: o.text("id"), name: o.text("name"), purposes: map[string]purpose{}}
	need(agencyPattern.MatchString(a.id), "malformed")
	o.text("address")
	readContact(o["contact"])
	o.word("power", "can-intervene", "can-sanction", "voluntary-advice")
	a.active = o.word("status", "active", "suspended") == "active"
	for _, value := range o.list("purposes") {
		p := open(value, "id", "text", "basis", "fields", "retention")
		for _, sentence := range open(p["text"]) {
			asText(sentence)
		}
		p.text("retention")
		a.purposes[p.text("id")] = purpose{p.word("basis", "consent", "contract", "public-task"),
			texts(p["fields"], notEmpty)}
	}
	for _, value := range o.list("keys") {
		a.keys = append(a.keys, readAgencyKey(value, useCurves, kids))
	}
	if o.has("keys_2") {
		for _, value := range o.list("keys_2") {
			a.keys = append(a.keys, readAgencyKey(value, hybridCurves, kids))
		}
	}
	return a
}

func (r registry) find(id string) *agency {
	for i := range r.agencies {
		if r.agencies[i].id == id {
			return &r.agencies[i]
		}
	}
	return nil
}

// readEnrolment verifies an enrolment and gives id and fingerprint.
func readEnrolment(token string) (id, fingerprint string) {
	signer, payload := verifyJWK("enrolment", token)
	o := closed(readJSON(payload, maxEnrolment), "v", "id", "name", "address", "contact", "keys", "time")
	o.one("v")
	id = o.text("id")
	need(agencyPattern.MatchString(id), "malformed")
	o.text("name")
	o.text("address")
	readContact(o["contact"])
	o.time("time")
	uses, kids := map[string][]byte{}, map[string]bool{}
	rows := o.list("keys")
	need(len(rows) == 3 || len(rows) == 4, "malformed")
	if len(rows) == 4 { // the fourth is a further key to seal to
		k := closed(rows[3], "use", "jwk")
		readJWKOf(k["jwk"], hybridCurves[k.word("use", "seal")])
	}
	for _, value := range rows[:3] {
		k := closed(value, "use", "jwk")
		use := k.word("use", "login", "request", "seal")
		key := readJWKOf(k["jwk"], useCurves[use])
		uses[use] = key.x
		kids[string(key.thumbprint)] = true
	}
	need(len(uses) == 3 && len(kids) == 3, "malformed")
	need(sameBytes(uses["login"], signer), "header-mismatch")
	return id, fingerprintOf(sha(payload))
}

// fingerprintOf are the first 80 bits as 16 Crockford characters in four groups.
func fingerprintOf(hash []byte) string {
	var b strings.Builder
	for i := 0; i < 16; i++ {
		if i > 0 && i%4 == 0 {
			b.WriteByte('-')
		}
		at := i * 5
		two := uint(hash[at/8])<<8 | uint(hash[at/8+1])
		b.WriteByte(crockford[two>>(11-at%8)&31])
	}
	return b.String()
}
