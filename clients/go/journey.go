package main

import "fmt"

// The journey: a wallet, a second device and a link holder against a running server.

func say(who, what string, about ...any) { fmt.Printf("%-14s %s\n", who, fmt.Sprintf(what, about...)) }

const fileSize = 3 << 20

func testFile() []byte {
	file := make([]byte, fileSize)
	for i := range file {
		file[i] = byte(i % 251)
	}
	return file
}

func value(v any) ordered {
	return ordered{{"value", v}, {"assurance", "self-declared"}, {"source", "mappe-go"}, {"as_of", "2026-05-04"},
		{"evidence", list{}}}
}

func document(kind, title string, fields ordered, attachments list) ordered {
	return ordered{{"v", 1}, {"kind", "document"}, {"type", kind}, {"title", title}, {"created", now()},
		{"updated", now()}, {"state", "present"}, {"fields", fields}, {"attachments", attachments}}
}

// tried runs a step and says how it ended.
func tried(step string, f func()) {
	if r := attempt(f); r != nil {
		panic(refusal{step + ": " + r.code, r.at})
	}
}

func runJourney(origin string) {
	var s server
	var one, two *wallet
	var sheet paper
	var file attachment
	tried("meet the server", func() { s = meet(origin) })
	tried("create a wallet", func() { one, sheet = createWallet(s) })
	say("first device", "made a wallet (%s), change %d", profileOf(sheet.handle), one.state.number)
	tried("add documents", func() {
		one.add(document("person", "Me", ordered{{"person.family_name", list{value("Haile")}}}, list{}))
		file = one.upload("passport.pdf", "application/pdf", testFile())
		one.add(document("passport", "Passport", ordered{}, list{file.json()}))
	})
	say("first device", "added two documents and a file of %d bytes (%d stored), change %d", file.size, file.stored(),
		one.state.number)
	tried("open the wallet elsewhere", func() {
		two = signInWith(s, sheet)
		need(two.state.number == one.state.number && sameBytes(two.state.head, one.state.head), "forked")
	})
	for _, name := range sortedPayloads(two) {
		say("second device", "sees the document %q", two.payloads[name]["title"])
	}
	tried("fetch the file", func() { need(sameBytes(two.download(file), testFile()), "hash-mismatch") })
	say("second device", "fetched and opened %s", file.name)
	redeem(s, one, two, file)
}

func sortedPayloads(w *wallet) []string {
	names := object{}
	for name := range w.payloads {
		names[name] = nil
	}
	return sortedNames(names)
}

func redeem(s server, one, two *wallet, file attachment) {
	var p published
	var g *guest
	var seen content
	tried("share a link", func() {
		p = two.publish([]share{{"field", "person.family_name", "Haile", nil},
			{"attachment", "passport.scan", file.name, &file}})
	})
	say("second device", "shared two slots under a link with a passcode")
	tried("look at the link", func() {
		g = newGuest(s, p.link)
		seen = g.peek()
	})
	say("link holder", "sees before opening: %q, %d slots", seen.terms.purpose, len(seen.terms.slots))
	tried("mistype the passcode", func() {
		wrong := "000000"
		if p.passcode == wrong {
			wrong = "111111"
		}
		o := refusedAs("passcode-wrong", g.tryOpen(seen.policy, wrong))
		say("link holder", "mistyped the passcode, %d tries left", o.integer("tries_left", 0, 5))
	})
	tried("open the link", func() { g.open(seen.policy, p.passcode) })
	say("link holder", "opened it: %v", g.content.slots[p.slots["person.family_name"]].value)
	tried("fetch the shared file", func() {
		need(sameBytes(g.file(p.slots["passport.scan"]), testFile()), "hash-mismatch")
	})
	say("link holder", "fetched and opened the file, %d bytes", fileSize)
	endAndRead(s, one, two, p, g, seen.policy)
}

func endAndRead(s server, one, two *wallet, p published, g *guest, policy policy) {
	var log checkedLog
	tried("read the log", func() {
		log = one.readLog()
		for _, promise := range append(append(one.promises, two.promises...), g.promises...) {
			need(log.leaves[string(promise.leaf)], "unlogged")
			s.checkIncluded(promise.leaf)
		}
	})
	for i, e := range log.events {
		say("first device", "log %d: %s by %s", i+1, e.kind, e.actor)
	}
	say("first device", "verified %d entries, their head, inclusion of each, and all %d promises", len(log.events),
		len(one.promises)+len(two.promises)+len(g.promises))
	var ended promise
	tried("end the grant", func() {
		o := two.post("/v1/grants/end", ordered{{"ids", list{b64u(p.grant)}}})
		need(len(o.list("ended")) == 1 && o.list("ended")[0] == b64u(p.grant), "server-lied")
		need(len(o.list("receipts")) == 1, "server-lied")
		ended = s.promised(open(o.list("receipts")[0]), did{kind: "grant-ended", grant: b64u(p.grant)})
	})
	say("second device", "ended the grant")
	tried("find it withdrawn", func() { refusedAs("grant-withdrawn", g.tryOpen(policy, p.passcode)) })
	say("link holder", "finds it withdrawn")
	tried("read the log again", func() {
		again := one.readLog()
		need(len(again.events) > len(log.events) && again.leaves[string(ended.leaf)], "unlogged")
		newest := s.checkGrown(log.checkpoint)
		say("first device", "log %d: %s; the tree grew from %d to %d leaves and is consistent", len(again.events),
			again.events[len(again.events)-1].kind, log.checkpoint.size, newest.size)
	})
	say("all", "everything verified")
}
