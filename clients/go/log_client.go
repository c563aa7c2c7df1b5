package main

import "time"

// Reading and verifying one's log against the public tree: formats/log.md, "The holder's check" and "Tree".

const treeSeconds = 60 // how long a leaf may take to reach the tree in the journey

// checkedLog is a log of which everything was verified.
type checkedLog struct {
	events     []event
	checkpoint checkpoint
	pin        logPin
	leaves     map[string]bool
}

// readLog reads the log from its start until every leaf is in the tree, and verifies all of it.
func (w *wallet) readLog() checkedLog {
	for deadline := time.Now().Add(treeSeconds * time.Second); ; time.Sleep(time.Second) {
		log, rows := w.readRows()
		waiting := false
		for _, row := range rows {
			waiting = waiting || row.index < 0
		}
		if !waiting {
			for _, row := range rows {
				w.server.checkIncluded(row.leaf)
			}
			return log
		}
		need(time.Now().Before(deadline), "unlogged")
	}
}

const pageRows = 4 // few, so that the journey reads more than one page

// readRows reads page after page until the end is the server's signed head.
func (w *wallet) readRows() (checkedLog, []logRow) {
	log := checkedLog{pin: logPin{0, make([]byte, 32)}, leaves: map[string]bool{}}
	var all []logRow
	for {
		nonce := random(16)
		o := w.post("/v1/log/entries", ordered{{"after", log.pin.seq}, {"nonce", b64u(nonce)}, {"limit", pageRows}})
		rows := readRowsOf(o)
		end, events := fold(w.identity.log, w.genesis.wallet, log.pin, rows)
		log.pin, log.events, all = end, append(log.events, events...), append(all, rows...)
		log.checkpoint = verifyCheckpoint(o.text("checkpoint"), w.server.log, nil)
		if len(rows) < pageRows {
			checkLogHead(o.text("head"), w.server.promiseKey, w.genesis.wallet, nonce, end)
			break
		}
	}
	for _, row := range all {
		log.leaves[string(row.leaf)] = true
	}
	return log, all
}

func readRowsOf(o object) (rows []logRow) {
	for _, value := range o.list("entries") {
		e := open(value, "seq", "leaf", "body")
		row := logRow{seq: e.number("seq"), leaf: e.hash("leaf"), body: e.text("body"), index: -1}
		if e["index"] != nil {
			row.index = e.integer("index", 0, maxInteger)
		}
		rows = append(rows, row)
	}
	return rows
}

// checkIncluded asks for a proof that a leaf is in the tree of a signed checkpoint.
func (s server) checkIncluded(leaf []byte) {
	o := publicPost(s.origin, "/v1/log/inclusion", ordered{{"leaf", b64u(leaf)}})
	need(!o.has("pending"), "unlogged")
	c := verifyCheckpoint(o.text("checkpoint"), s.log, nil)
	size := o.integer("size", 1, maxInteger)
	need(c.size == size, "unlogged")
	checkInclusion(leaf, o.integer("index", 0, maxInteger), size, hashes(o["path"]), c.root)
}

func hashes(value any) [][]byte {
	var out [][]byte
	for _, text := range texts(value, aHash) {
		out = append(out, unb64u(text, 32))
	}
	return out
}

// checkGrown verifies that the tree of an older checkpoint is a beginning of the newest one's, and recomputes the
// newest root from its tile where one tile is enough.
func (s server) checkGrown(older checkpoint) checkpoint {
	newest := verifyCheckpoint(publicText(s.origin, "/log/checkpoint"), s.log, nil)
	o := publicPost(s.origin, "/v1/log/consistency", ordered{{"from", older.size}, {"to", newest.size}})
	checkConsistency(older.size, newest.size, hashes(o["path"]), older.root, newest.root)
	if newest.size > 0 && newest.size <= 256 {
		tile := []byte(publicText(s.origin, "/log/"+tilePath(0, 0, newest.size)))
		need(int64(len(tile)) == newest.size*32, "log-broken")
		var leaves [][]byte
		for i := 0; i < len(tile); i += 32 {
			leaves = append(leaves, tile[i:i+32])
		}
		need(sameBytes(treeRoot(leaves), newest.root), "log-broken")
	}
	return newest
}
