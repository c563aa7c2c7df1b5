package main

import "regexp"

// Events, leaves, promises and the holder's check: formats/log.md.

const maxEvent = 8 << 10

var actors = []string{"device", "link", "agency", "sender", "server", "stop-code"}

var kindPattern = regexp.MustCompile(`^[a-z][a-z-]{0,39}$`)

type event struct {
	kind, actor, grant, lease string
	time                      int64
	slots                     []string
}

func readEvent(text string) event {
	o := closed(readJSON([]byte(text), maxEvent), "v", "kind", "time", "actor", "grant?", "slots?", "lease?", "detail?",
		"proof?")
	o.one("v")
	who := closed(o["actor"], "type", "id?")
	if who.has("id") {
		who.text("id")
	}
	e := event{kind: o.text("kind"), actor: who.word("type", actors...), time: o.time("time")}
	need(kindPattern.MatchString(e.kind), "malformed")
	if o.has("grant") {
		o.id("grant")
		e.grant = o.text("grant")
	}
	if o.has("slots") {
		e.slots = texts(o["slots"], anID)
	}
	if o.has("lease") {
		o.id("lease")
		e.lease = o.text("lease")
	}
	if o.has("proof") {
		o.text("proof")
	}
	if o.has("detail") {
		for _, value := range open(o["detail"]) {
			switch value.(type) {
			case string, int64:
			default:
				refuse("malformed")
			}
		}
	}
	return e
}

func halfA(r1 []byte, event string) []byte { return sha(r1, []byte(event)) }

func halfB(r2, wallet []byte, seq int64, previous []byte) []byte {
	return sha(r2, wallet, u64(seq), previous)
}

func leafOf(a, b []byte) []byte { return sha([]byte{0}, a, b) }

// logPin is [seq, leaf] up to which a holder has checked the log.
type logPin struct {
	seq  int64
	leaf []byte
}

type logRow struct {
	seq   int64
	leaf  []byte
	body  string
	index int64 // in the tree, -1 if not there yet
}

func broken(seq int64) { panic(refusal{"log-broken", seq}) }

// fold checks rows on top of a pin.
func fold(private, wallet []byte, p logPin, rows []logRow) (logPin, []event) {
	var events []event
	for _, row := range rows {
		want := p.seq + 1
		if attempt(func() {
			need(row.seq == want, "log-broken")
			plain := openBox("log-entry", classic(private), join(wallet, u64(row.seq), row.leaf), row.body)
			o := closed(readJSON(plain, 2*maxEvent+1024), "event", "r1", "r2", "previous")
			need(sameBytes(o.hash("previous"), p.leaf), "log-broken")
			a := halfA(o.id("r1"), o.text("event"))
			b := halfB(o.id("r2"), wallet, row.seq, p.leaf)
			need(sameBytes(leafOf(a, b), row.leaf), "log-broken")
			events = append(events, readEvent(o.text("event")))
		}) != nil {
			broken(want)
		}
		p = logPin{row.seq, row.leaf}
	}
	return p, events
}

// checkLogHead compares the end of the checked log with the server's signed head.
func checkLogHead(token string, public, wallet, nonce []byte, p logPin) int64 {
	o := closed(readJSON(verifyKid("log-head", public, token), maxStatement), "v", "wallet", "seq", "leaf", "time", "nonce")
	o.one("v")
	o.time("time")
	named, seq, leaf, fresh := o.hash("wallet"), o.integer("seq", 0, maxInteger), o.hash("leaf"), o.id("nonce")
	if !sameBytes(named, wallet) || seq != p.seq || !sameBytes(leaf, p.leaf) || !sameBytes(fresh, nonce) {
		broken(p.seq + 1)
	}
	return seq
}

type promise struct {
	leaf           []byte
	time, deadline int64
}

// checkPromise verifies a promise and that it covers this event.
func checkPromise(token string, public []byte, text string) promise {
	o := closed(readJSON(verifyKid("promise", public, token), maxStatement), "v", "leaf", "r1", "other", "time", "deadline")
	o.one("v")
	p := promise{o.hash("leaf"), o.time("time"), o.time("deadline")}
	need(p.deadline >= p.time && p.deadline <= p.time+86400, "malformed")
	need(sameBytes(p.leaf, leafOf(halfA(o.id("r1"), text), o.hash("other"))), "hash-mismatch")
	return p
}

func registryLeaf(hash []byte, version int64, bundle string) []byte {
	return leafOf(hash, tagged("registry-leaf", u32(version), []byte(bundle)))
}
