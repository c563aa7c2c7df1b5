package main

import "sort"

// The change chain: formats/chain.md.

const maxChange, maxStatement = 1 << 20, 4096

// objectRow is [id, version, digest(body)]; without a digest a tombstone.
type objectRow struct {
	id      []byte
	version int64
	body    []byte
}

// methodRow is what `access` hashes of a method.
type methodRow struct {
	id       []byte
	version  int64
	envelope string
}

func readObjectRow(value any) objectRow {
	l := asList(value)
	need(len(l) == 3, "malformed")
	row := objectRow{id: unb64u(asText(l[0]), 16), version: asInteger(l[1], 1, 1<<32-1)}
	if l[2] != nil {
		row.body = unb64u(asText(l[2]), 32)
	}
	return row
}

func (r objectRow) json() list {
	if r.body == nil {
		return list{b64u(r.id), r.version, nil}
	}
	return list{b64u(r.id), r.version, b64u(r.body)}
}

func rootOf(objects []objectRow) []byte {
	sorted := append([]objectRow{}, objects...)
	sort.Slice(sorted, func(i, j int) bool { return string(sorted[i].id) < string(sorted[j].id) })
	var data []byte
	for _, o := range sorted {
		body := o.body
		if body == nil {
			body = make([]byte, 32)
		}
		data = join(data, o.id, u32(o.version), body)
	}
	return tagged("root", data)
}

func accessOf(methods []methodRow, box string) []byte {
	sorted := append([]methodRow{}, methods...)
	sort.Slice(sorted, func(i, j int) bool { return string(sorted[i].id) < string(sorted[j].id) })
	var data []byte
	for _, m := range sorted {
		data = join(data, m.id, u32(m.version), sha([]byte(m.envelope)))
	}
	return tagged("access", data, sha([]byte(box)))
}

type change struct {
	wallet, parent, root, access, device, hash []byte
	number, epoch, time                        int64
	objects                                    []objectRow
}

func verifyChange(token string, public []byte) change {
	o := closed(readJSON(verifyKid("change", public, token), maxChange), "v", "wallet", "number", "parent", "epoch",
		"objects", "root", "access", "device", "time")
	o.one("v")
	c := change{wallet: o.hash("wallet"), number: o.number("number"), epoch: o.number("epoch"), root: o.hash("root"),
		access: o.hash("access"), device: o.hash("device"), time: o.time("time"), hash: tagged("change", []byte(token))}
	if o["parent"] != nil {
		c.parent = o.hash("parent")
	}
	seen := map[string]bool{}
	for _, value := range o.list("objects") {
		c.objects = append(c.objects, readObjectRow(value))
	}
	for _, row := range c.objects {
		need(!seen[string(row.id)], "chain-invalid")
		seen[string(row.id)] = true
	}
	need((c.parent == nil) == (c.number == 1), "chain-invalid")
	return c
}

func makeChange(seed []byte, c change) string {
	rows := list{}
	for _, row := range c.objects {
		rows = append(rows, row.json())
	}
	var parent any
	if c.parent != nil {
		parent = b64u(c.parent)
	}
	return signKid("change", seed, ordered{{"v", 1}, {"wallet", b64u(c.wallet)}, {"number", c.number},
		{"parent", parent}, {"epoch", c.epoch}, {"objects", rows}, {"root", b64u(c.root)},
		{"access", b64u(c.access)}, {"device", b64u(c.device)}, {"time", c.time}})
}

// chainState is what a change goes on top of.
type chainState struct {
	number, epoch int64
	head          []byte
	objects       []objectRow
}

// advance puts a change on top of a state.
func (s chainState) advance(c change) chainState {
	need(c.number == s.number+1 && sameBytes(c.parent, s.head), "stale-head")
	need(c.epoch >= s.epoch, "chain-invalid")
	next := chainState{c.number, c.epoch, c.hash, apply(s.objects, c.objects)}
	need(sameBytes(rootOf(next.objects), c.root), "chain-invalid")
	return next
}

func apply(before, changed []objectRow) []objectRow {
	last := map[string]objectRow{}
	for _, row := range before {
		last[string(row.id)] = row
	}
	for _, row := range changed {
		old, there := last[string(row.id)]
		need(row.version == old.version+1, "chain-invalid")
		need(there && old.body != nil || !there && row.body != nil, "chain-invalid")
		last[string(row.id)] = row
	}
	var out []objectRow
	for _, row := range last {
		out = append(out, row)
	}
	return out
}

func checkHead(head change, s shown) {
	need(sameBytes(rootOf(s.objects), head.root), "server-lied")
	need(sameBytes(accessOf(s.methods, s.box), head.access), "server-lied")
}

// pin is what a device keeps.
type pin struct {
	number int64
	head   []byte
}

// judge is what a device does about a verified head.
func judge(p *pin, newer []change, head change, ancestors map[int64][]byte, floor int64) string {
	switch {
	case head.number < floor:
		return "rolled-back"
	case p == nil:
		return "apply"
	case head.number == p.number && sameBytes(head.hash, p.head):
		return "up-to-date"
	case head.number > p.number:
		number, hash := p.number, p.head
		for _, c := range newer {
			if c.number != number+1 || !sameBytes(c.parent, hash) {
				return "forked"
			}
			number, hash = c.number, c.hash
		}
		if sameBytes(hash, head.hash) {
			return "apply"
		}
	case head.number < p.number && ancestors[head.number] != nil && sameBytes(ancestors[head.number], head.hash):
		return "rolled-back"
	}
	return "forked"
}

type headStatement struct {
	wallet, head []byte
	number, time int64
}

func verifyHeadStatement(token string, public, nonce []byte) headStatement {
	o := closed(readJSON(verifyKid("head", public, token), maxStatement), "v", "wallet", "number", "head", "nonce", "time")
	o.one("v")
	s := headStatement{o.hash("wallet"), o.hash("head"), o.number("number"), o.time("time")}
	need(sameBytes(o.id("nonce"), nonce), "server-lied")
	return s
}
