package main

import "crypto/subtle"

// What a recipient checks, with the numbers of formats/grant.md, "What a recipient checks, in this order".

const maxRecord = 64 << 10

type record struct {
	grant, policy, terms, keybox, key []byte
	version                           int64
	slots                             object
	token                             string
}

// verifyRecord is check 1.
func verifyRecord(token string, grant []byte) record {
	key, payload := verifyJWK("record", token)
	o := closed(readJSON(payload, maxRecord), "v", "grant", "version", "policy", "terms", "keybox", "slots", "time")
	o.one("v")
	o.time("time")
	r := record{o.id("grant"), o.hash("policy"), o.hash("terms"), o.hash("keybox"), key, o.number("version"),
		open(o["slots"]), token}
	for id, value := range r.slots {
		anID(id)
		aHash(asText(value))
	}
	need(sameBytes(r.grant, grant), "wrong-grant")
	return r
}

// delivered is what a server hands out of a grant.
type delivered struct {
	record, policy, terms, keybox string
	slots                         map[string]string
}

// reader is who reads, when, and what it saw before.
type reader struct {
	locator
	now         int64
	agency      *sealKey // nil: the holder of a link
	passcode    string
	seenVersion int64
	seenRecord  string
}

// content is a grant after all checks.
type content struct {
	record record
	policy policy
	terms  terms
	slots  map[string]slot
}

func (r reader) checkDigests(c *content, d delivered, peek bool) { // 2
	need(sameBytes(policyHash(d.policy), c.record.policy), "record-mismatch")
	need(sameBytes(sha([]byte(d.terms)), c.record.terms), "record-mismatch")
	need(peek || sameBytes(sha([]byte(d.keybox)), c.record.keybox), "record-mismatch")
	for id, token := range d.slots {
		need(c.record.slots[id] == digest(token), "record-mismatch")
	}
	c.policy = readPolicy(d.policy)
	need(sameNames(c.record.slots, c.policy.slots), "record-mismatch")
}

func (r reader) checkPolicy(p policy) { // 3
	need(sameBytes(p.grant, r.grant), "wrong-grant")
	mine := "bearer"
	if r.agency != nil {
		mine = b64u(r.tag(r.agency.public()))
	}
	need(p.recipient == mine, "wrong-recipient")
	need(r.agency == nil || p.suite == r.agency.suite, "wrong-recipient")
	need(r.now >= p.nbf, "not-yet")
	need(r.now < p.exp, "expired")
}

func keyboxMembers(grant []byte, version int64, policy []byte, commit any) ordered {
	return ordered{{"grant", b64u(grant)}, {"version", version}, {"policy", b64u(policy)}, {"commit", commit}}
}

func (l locator) linkKeys(a []byte, version int64) (key, commit []byte) {
	both := derive(join(l.base, a), "link-key", join(l.grant, u32(version)), 64)
	return both[:32], both[32:]
}

func (r reader) openKeybox(c content, token string) []byte { // 4
	var plain []byte
	if r.agency != nil {
		plain = openBox("keybox", *r.agency, join(r.grant, u32(c.record.version), c.policy.hash, r.agency.thumbprint()),
			token)
	} else {
		plain = r.openLinkBox(c, token)
	}
	need(len(plain) == 64, "malformed")
	need(sameBytes(plain[32:], thumbprint(c.record.key)), "wrong-record-key")
	return plain[:32]
}

func (r reader) openLinkBox(c content, token string) []byte {
	t := splitJWE(token)
	carried := t.carried("commit")
	if carried == nil {
		mismatch(t.header)
	}
	commit := unb64u(asText(carried), 32)
	t.expect("keybox", keyboxMembers(r.grant, c.record.version, c.policy.hash, b64u(commit)))
	key, mine := r.linkKeys(r.passcodeKey(c.policy.passcode, r.passcode), c.record.version)
	need(subtle.ConstantTimeCompare(commit, mine) == 1, "wrong-key")
	return t.decrypt(key)
}

func (l locator) sealedTermsKey() []byte { return derive(l.termsKey, "terms", l.grant, 32) }

func (r reader) openTerms(c *content, token string) { // 5
	plain := openJWE("terms", r.sealedTermsKey(), ordered{{"grant", b64u(r.grant)}}, token)
	c.terms = readTerms(unpadded(plain))
	need(sameBytes(c.terms.hash, c.policy.terms), "terms-mismatch")
	need(sameBytes(c.terms.signer, thumbprint(c.record.key)), "wrong-record-key")
	need(sameNames(c.terms.slots, c.policy.slots), "terms-mismatch")
}

func slotMembers(grant []byte, version int64, id string, policy []byte) ordered {
	return ordered{{"grant", b64u(grant)}, {"version", version}, {"slot", id}, {"policy", b64u(policy)}}
}

func slotKey(g []byte, id string, version int64) []byte {
	return derive(g, "slot", join(unb64u(id, 16), u32(version)), 32)
}

func (r reader) openSlot(c content, g []byte, id, token string) slot { // 7
	v := c.record.version
	plain := openJWE("slot", slotKey(g, id, v), slotMembers(r.grant, v, id, c.policy.hash), token)
	s := readSlot(unpadded(plain))
	told := open(c.terms.slots[id])
	need(s.kind == told["kind"] && s.name == told["name"], "terms-mismatch")
	return s
}

// read makes all checks.
func (r reader) read(d delivered) content {
	c := content{record: verifyRecord(d.record, r.grant), slots: map[string]slot{}} // 1
	r.checkDigests(&c, d, false)
	r.checkPolicy(c.policy)
	g := r.openKeybox(c, d.keybox)
	r.openTerms(&c, d.terms)
	need(c.record.version >= r.seenVersion, "rolled-back") // 6
	need(c.record.version != r.seenVersion || digest(d.record) == r.seenRecord, "two-faced")
	for id, token := range d.slots {
		c.slots[id] = r.openSlot(c, g, id, token)
	}
	return c
}

// preview is what a peek may show: checks 1, 2, 3 and 5.
func (r reader) preview(d delivered) content {
	c := content{record: verifyRecord(d.record, r.grant)}
	r.checkDigests(&c, d, true)
	r.checkPolicy(c.policy)
	r.openTerms(&c, d.terms)
	return c
}
