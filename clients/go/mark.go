package main

import (
	"bytes"
	"regexp"
	"sort"
	"strings"
)

// Marks, what an office says about a value: formats/mark.md.

const maxMark, maxStatementFile, maxMarks, maxMarkLife, markClock = 1024, 256 << 10, 256, 3660 * 86400, 300

var (
	namePattern  = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)
	fieldPattern = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}\.[a-z][a-z0-9_]{0,63}$`)
)

type mark struct {
	id, value, document, person []byte // person: nil where the office has read nothing
	agency, says, field         string
	time, exp                   int64
}

type salted struct {
	token string
	salt  []byte
}

// markNames is what an agency is told to call a paper and a person of the wallet.
func markNames(seed []byte, agency string, document, person []byte) (paper, owner []byte) {
	need(len(document) == 16 && (person == nil || len(person) == 16), "malformed")
	whom := join([]byte(agency), []byte{0})
	return derive(seed, "mark-document", join(whom, document), 16), derive(seed, "mark-person", join(whom, person), 16)
}

// valueHash hashes a value's canonical JSON: writeJSON sorts the members of an object by their names' bytes.
func valueHash(salt []byte, value any) []byte {
	need(len(salt) == 16, "malformed")
	return tagged("mark-value", join(salt, []byte(writeJSON(value))))
}

func readMark(payload []byte) mark {
	o := closed(readJSON(payload, maxMark), "v", "mark", "agency", "says", "field", "value", "document", "person", "time",
		"exp")
	o.one("v")
	m := mark{id: o.id("mark"), value: o.hash("value"), document: o.id("document"), agency: o.text("agency"),
		says: o.word("says", "seen-in-original", "issued", "agreed"), field: o.text("field"), time: o.time("time"),
		exp: o.integer("exp", 1, maxInteger)}
	if o["person"] != nil {
		m.person = o.id("person")
	}
	need(agencyPattern.MatchString(m.agency) && fieldPattern.MatchString(m.field), "malformed")
	need(m.exp > m.time && m.exp <= m.time+maxMarkLife, "malformed")
	return m
}

func verifyMark(one salted, reg registry, field string, value any, now int64) mark {
	kid := kidOf(one.token)
	for _, a := range reg.agencies {
		for _, k := range a.keys {
			if k.use != "request" || b64u(k.key.thumbprint) != kid {
				continue
			}
			need(a.active && k.active, "unknown-agency")
			m := readMark(verifyKid("mark", k.key.x, one.token))
			need(m.agency == a.id && m.time >= k.nbf && m.time < k.exp, "unknown-agency")
			need(m.field == field && sameBytes(m.value, valueHash(one.salt, value)), "mark-mismatch")
			need(m.time-markClock <= now, "not-yet")
			need(now < m.exp, "expired")
			return m
		}
	}
	refuse("unknown-agency")
	return mark{}
}

// readStatement is the file of a deposit of this kind, its marks unverified.
func readStatement(text, kind string) (kindOfPaper string, fields []string, marks []salted) {
	o := closed(readJSON([]byte(text), maxStatementFile), "v", "document", "marks")
	o.one("v")
	for _, value := range o.list("marks") {
		s := closed(value, "token", "salt")
		marks = append(marks, salted{s.text("token"), s.id("salt")})
	}
	need(len(marks) >= 1 && len(marks) <= maxMarks, "malformed")
	need(kind == "mark" || kind == "credential", "malformed")
	need((o["document"] == nil) == (kind == "mark"), "malformed")
	if o["document"] == nil {
		return "", nil, marks
	}
	d := closed(o["document"], "type", "title", "fields")
	d.text("title")
	kindOfPaper = d.text("type")
	need(namePattern.MatchString(kindOfPaper), "malformed")
	for name, value := range open(d["fields"]) {
		need(namePattern.MatchString(name), "malformed")
		v := closed(value, "value", "as_of")
		need(v["value"] != nil, "malformed")
		checkDate(v.text("as_of"))
		fields = append(fields, name)
	}
	need(len(fields) >= 1 && len(fields) <= maxMarks, "malformed")
	sort.Strings(fields)
	checkTogether(kindOfPaper, fields, marks)
	return kindOfPaper, fields, marks
}

// checkTogether wants one mark for each field, all of one paper and one person.
func checkTogether(kind string, fields []string, marks []salted) {
	var said []string
	var first mark
	for i, one := range marks {
		segments := strings.Split(one.token, ".")
		need(len(segments) == 3, "malformed")
		m := readMark(unb64u(segments[1], -1))
		if i == 0 {
			first = m
		}
		need(sameBytes(m.document, first.document) && bytes.Equal(m.person, first.person), "malformed")
		need((m.person == nil) == (first.person == nil), "malformed")
		said = append(said, m.field)
	}
	sort.Strings(said)
	need(len(said) == len(fields), "malformed")
	for i, field := range fields {
		need(said[i] == kind+"."+field, "malformed")
	}
}

var markOps = map[string]operation{
	"mark.names": func(a args) any {
		document, person := markNames(a.bin("seed"), a.text("agency"), a.bin("document"), a.binOr("person"))
		return object{"document": b64u(document), "person": b64u(person)}
	},
	"mark.value": func(a args) any { return object{"hash": b64u(valueHash(a.bin("salt"), a.get("value")))} },
	"mark.verify": func(a args) any {
		reg := readRegistryPayload([]byte(a.text("registry")))
		m := verifyMark(salted{a.text("token"), a.bin("salt")}, reg, a.text("field"), a.get("value"), a.num("now"))
		return object{"agency": m.agency, "says": m.says, "document": b64u(m.document), "person": hashOrNull(m.person),
			"time": m.time, "exp": m.exp}
	},
	"statement.read": func(a args) any {
		kind, fields, marks := readStatement(a.text("text"), a.text("kind"))
		names := list{}
		for _, field := range fields {
			names = append(names, field)
		}
		return object{"type": kind, "fields": names, "marks": int64(len(marks))}
	},
}

// kidOf names a key in a header that is not verified yet: it only selects one.
func kidOf(token string) string {
	header, _, _ := strings.Cut(token, ".")
	return open(readJSON(unb64u(header, -1), 2048), "kid").text("kid")
}
