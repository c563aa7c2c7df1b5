package main

import (
	"regexp"
	"strconv"
)

// Vault objects: formats/object.md.

const maxObject = 256 << 10

func objectKeyOf(vmk, wallet, id []byte, version int64) []byte {
	return derive(vmk, "object-key", join(wallet, id, u32(version)), 32)
}

func bodyKeyOf(key, wallet, id []byte, version int64) []byte {
	return derive(key, "object", join(wallet, id, u32(version)), 32)
}

func objectMembers(wallet, id []byte, version int64) ordered {
	return ordered{{"wallet", b64u(wallet)}, {"id", b64u(id)}, {"version", version}}
}

// sealObject gives the wrapped key and the body of one version.
func sealObject(vmk, wallet, id []byte, version, epoch int64, payload any) (key, body string) {
	text := []byte(writeJSON(payload))
	parseObject(text)
	fresh, members := random(32), objectMembers(wallet, id, version)
	body = sealJWE("object", bodyKeyOf(fresh, wallet, id, version), members, padded(text))
	key = sealJWE("object-key", objectKeyOf(vmk, wallet, id, version), append(members, member{"epoch", epoch}), fresh)
	return key, body
}

func openObject(vmk, wallet, id []byte, version, epoch int64, key, body string) object {
	members := objectMembers(wallet, id, version)
	inner := openJWE("object-key", objectKeyOf(vmk, wallet, id, version),
		append(members[:3:3], member{"epoch", epoch}), key)
	need(len(inner) == 32, "malformed")
	return parseObject(unpadded(openJWE("object", bodyKeyOf(inner, wallet, id, version), members, body)))
}

func parseObject(text []byte) object {
	o := open(readJSON(text, maxObject), "v", "kind")
	o.one("v")
	switch o.text("kind") {
	case "document":
		checkDocument(o)
	case "person":
		open(o, "label", "relation", "created")
		o.text("label")
		o.word("relation", "self", "child", "partner", "other")
		o.time("created")
	case "grant":
		open(o, "grant", "secret", "recipient", "title", "slots", "exp", "version", "standing", "created")
		o.id("grant")
		o.hash("secret")
	case "deposit-code":
		open(o, "code", "secret", "private", "exp", "label")
	}
	return o
}

func checkDocument(o object) {
	open(o, "type", "title", "created", "updated", "state", "fields", "attachments")
	o.text("type")
	o.text("title")
	o.time("created")
	o.time("updated")
	o.word("state", "present", "applied", "superseded", "not-obtainable")
	if o.has("person") {
		o.id("person")
	}
	if o.has("not_obtainable") {
		open(o["not_obtainable"], "reason").text("reason")
	}
	for _, records := range open(o["fields"]) {
		for _, record := range asList(records) {
			checkValue(open(record, "value", "assurance", "source", "as_of", "evidence"))
		}
	}
	for _, value := range o.list("attachments") {
		readAttachment(value)
	}
	if o.has("notes") {
		o.text("notes")
	}
}

// checkValue checks what a value record and a slot have in common.
func checkValue(o object) {
	if o.has("missing") {
		o.word("missing", "not-known", "not-obtainable")
		need(o["value"] == nil, "malformed")
	}
	if o.has("reason") {
		o.text("reason")
	}
	o.word("assurance", "self-declared", "seen-in-original", "issuer-signed")
	o.text("source")
	checkDate(o.text("as_of"))
	o.list("evidence")
}

var datePattern = regexp.MustCompile(`^[0-9]{4}(-([0-9]{2})(-([0-9]{2}))?)?$`)

// checkDate takes YYYY[-MM[-DD]].
func checkDate(text string) {
	m := datePattern.FindStringSubmatch(text)
	need(m != nil, "malformed")
	for i, most := range map[int]int{2: 12, 4: 31} {
		if n, err := strconv.Atoi(m[i]); m[i] != "" {
			need(err == nil && n >= 1 && n <= most, "malformed")
		}
	}
}
