package main

import (
	"regexp"
	"strings"
)

// Locator, link, policy and passcode of a grant: formats/grant.md.

type locator struct{ secret, grant, auth, recipient, termsKey, base, salt []byte }

func locate(secret []byte) locator {
	d := func(kind string, size int) []byte { return derive(secret, kind, nil, size) }
	return locator{secret, d("grant-id", 16), d("grant-auth", 32), d("grant-recipient", 16), d("grant-terms", 32),
		d("grant-base", 32), d("grant-salt", 16)}
}

// tag is the recipient tag of an agency with this public seal key, of either suite.
func (l locator) tag(agency []byte) []byte {
	return sha(l.recipient, sealThumbprint(agency))
}

var linkPattern = regexp.MustCompile(`^(https?://[^/?#\s]+)/([gard])#([A-Za-z0-9_-]{43})$`)

// readLink gives origin, path letter and locator.
func readLink(url string) (origin, path string, secret []byte) {
	m := linkPattern.FindStringSubmatch(url)
	need(m != nil, "malformed")
	return m[1], m[2], unb64u(m[3], 32)
}

var leakPattern = regexp.MustCompile(`^/[gaGA](?:/|#|%23)?([A-Za-z0-9_-]{43})(?:[^A-Za-z0-9_-]|$)`)

// leaked is the grant whose locator a request's path shows.
func leaked(path string) (grant []byte) {
	if m := leakPattern.FindStringSubmatch(path); m != nil {
		attempt(func() { grant = locate(unb64u(m[1], 32)).grant })
	}
	return grant
}

const maxPolicy = 16 << 10

type policy struct {
	hash, grant, terms []byte
	recipient          string
	slots              []string
	suite              int64
	nbf, exp, opens    int64
	passcode           string // Argon2id profile, "" without
}

func policyHash(text string) []byte { return tagged("policy", []byte(text)) }

func readPolicy(text string) policy {
	value := readJSON([]byte(text), maxPolicy)
	if early, ok := value.(object); ok { // before the form, which a later suite may change
		if suite, whole := early["suite"].(int64); whole && suite > newestSuite {
			refuse("unsupported-suite")
		}
	}
	o := closed(value, "v", "suite", "grant", "recipient", "slots", "nbf", "exp", "opens",
		"passcode", "terms")
	o.one("v")
	p := policy{hash: policyHash(text), suite: o.integer("suite", 1, newestSuite), grant: o.id("grant"), terms: o.hash("terms"), recipient: o.text("recipient"),
		slots: texts(o["slots"], anID), nbf: o.time("nbf"), exp: o.time("exp"), opens: o.integer("opens", 0, 1000)}
	need(len(p.slots) >= 1 && len(p.slots) <= 256 && len(asSet(p.slots)) == len(p.slots), "malformed")
	need(p.exp > p.nbf && p.exp <= p.nbf+366*86400, "malformed")
	if o["passcode"] != nil {
		p.passcode = o.text("passcode")
	}
	if p.recipient == "bearer" {
		need(p.opens >= 1 && p.suite == 1, "malformed")
	} else {
		aHash(p.recipient)
		need(o["passcode"] == nil, "malformed")
	}
	need(o["passcode"] == nil || p.passcode == kdf64 || p.passcode == kdf32, "kdf-refused")
	return p
}

func asSet(names []string) map[string]bool {
	set := map[string]bool{}
	for _, name := range names {
		set[name] = true
	}
	return set
}

// sameNames says whether an object's members are exactly these names.
func sameNames(o object, names []string) bool {
	set := asSet(names)
	for name := range o {
		if !set[name] {
			return false
		}
	}
	return len(o) == len(set)
}

const maxTerms = 64 << 10

var languagePattern = regexp.MustCompile(`^[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8}){0,7}$`)

var textKinds = map[string]string{"consent": "consent", "contract": "contract", "public-task": "notice"}

type terms struct {
	hash, signer []byte
	purpose      string
	slots        object
}

func readTerms(text []byte) terms {
	o := closed(readJSON(text, maxTerms), "v", "salt", "purpose", "basis", "retention", "language", "text", "text_kind",
		"recipient", "request", "standing", "signer", "slots")
	o.one("v")
	o.id("salt")
	o.text("retention")
	o.hash("text")
	o.flag("standing")
	basis := o.word("basis", "consent", "contract", "public-task")
	need(o.text("text_kind") == textKinds[basis], "malformed")
	need(languagePattern.MatchString(o.text("language")), "malformed")
	if o["recipient"] != nil {
		who := closed(o["recipient"], "name", "address?")
		who.text("name")
		if who.has("address") {
			who.text("address")
		}
	}
	if o["request"] != nil {
		o.id("request")
	}
	t := terms{tagged("terms", text), o.hash("signer"), o.text("purpose"), open(o["slots"])}
	for id, value := range t.slots {
		anID(id)
		slot := closed(value, "kind", "name")
		slot.word("kind", slotKinds...)
		slot.text("name")
	}
	return t
}

var slotKinds = []string{"field", "attachment", "derived", "evidence"}

const maxSlot = 64 << 10

type slot struct {
	kind, name string
	value      any
	file       *attachment
	ref        string
}

func readSlot(text []byte) slot {
	o := open(readJSON(text, maxSlot), "v", "kind", "name", "value", "assurance", "source", "as_of", "evidence")
	o.one("v")
	checkValue(o)
	s := slot{kind: o.word("kind", slotKinds...), name: o.text("name"), value: o["value"]}
	need(o.has("computed_on") == (s.kind == "derived"), "malformed")
	if o.has("computed_on") {
		checkDate(o.text("computed_on"))
	}
	need(o.has("attachment") == (s.kind == "attachment"), "malformed")
	if s.kind == "attachment" {
		value := closed(o["attachment"], append([]string{"ref"}, attachmentMembers...)...)
		file := attachmentOf(value)
		s.file, s.ref = &file, b64u(value.id("ref"))
	}
	return s
}

// passcodeKey is A: empty without a passcode.
func (l locator) passcodeKey(profile, passcode string) []byte {
	if profile == "" {
		return nil
	}
	return argon2id(profile, []byte(passcode), l.salt)
}

func (l locator) passcodeProof(a []byte) []byte {
	return derive(join(l.base, a), "passcode-proof", l.grant, 32)
}

// recordSeed is the seed of the record key; `who` is a grant id or the ASCII id of an agency.
func recordSeed(signing, who []byte) []byte { return derive(signing, "record-key", who, 32) }

func linkOf(origin, path string, secret []byte) string {
	return strings.Join([]string{origin, "/", path, "#", b64u(secret)}, "")
}
