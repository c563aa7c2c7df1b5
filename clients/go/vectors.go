package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// The test vectors: vectors/README.md.

// args are the parameters of an operation.
type args object

func (a args) get(name string) any       { return a[name] }
func (a args) text(name string) string   { return asText(a[name]) }
func (a args) bin(name string) []byte    { return unb64u(a.text(name), -1) }
func (a args) num(name string) int64     { return asInteger(a[name], -maxInteger, maxInteger) }
func (a args) list(name string) list     { return asList(a[name]) }
func (a args) given(name string) bool    { return a[name] != nil }
func (a args) secret(name string) []byte { return unb64u(a.text(name), 32) }

// sealKey is the private key under this name, of the `suite` beside it, or else of suite 1.
func (a args) sealKey(name string) sealKey {
	if a.given("suite") {
		return sealKey{a.num("suite"), a.bin(name)}
	}
	return classic(a.bin(name))
}

// textOr and binOr take a parameter that may be absent or null.
func (a args) textOr(name, absent string) string {
	if a.given(name) {
		return a.text(name)
	}
	return absent
}

func (a args) binOr(name string) []byte {
	if a.given(name) {
		return a.bin(name)
	}
	return nil
}

func (a args) bins(name string) [][]byte {
	var out [][]byte
	for _, v := range a.list(name) {
		out = append(out, unb64u(asText(v), -1))
	}
	return out
}

func (a args) objects() []objectRow {
	var out []objectRow
	for _, v := range a.list("objects") {
		out = append(out, readObjectRow(v))
	}
	return out
}

func (a args) methods() []methodRow {
	var out []methodRow
	for _, v := range a.list("methods") {
		l := asList(v)
		out = append(out, methodRow{unb64u(asText(l[0]), 16), asInteger(l[1], 1, 1<<32), asText(l[2])})
	}
	return out
}

type operation func(args) any

// operations of all pages.
func operations() map[string]operation {
	all := map[string]operation{}
	for _, page := range []map[string]operation{conventionOps, jsonWebOps, walletOps, joinOps, deskOps, chainOps, attachmentOps,
		grantOps, logOps, agencyOps, markOps} {
		for name, op := range page {
			all[name] = op
		}
	}
	return all
}

const maxVectors = 64 << 20

// runVectors runs every file of a folder and prints counts; false if one case differs.
func runVectors(folder string) bool {
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	must(err)
	ops, passed, failed := operations(), 0, 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		must(err)
		f := closed(readDeep(data, maxVectors, maxDepth+4), "format", "page", "cases")
		f.word("format", "mappe/1/vectors")
		good, bad := 0, 0
		for _, value := range f.list("cases") {
			c := closed(value, "name", "op", "in", "out?", "refused?", "at?")
			if wrong := runCase(ops, c); wrong != "" {
				bad++
				fmt.Printf("%s: %s (%s): %s\n", filepath.Base(file), c.text("name"), c.text("op"), wrong)
			} else {
				good++
			}
		}
		fmt.Printf("%-18s %4d passed, %d failed\n", filepath.Base(file), good, bad)
		passed, failed = passed+good, failed+bad
	}
	fmt.Printf("%-18s %4d passed, %d failed\n", "all", passed, failed)
	return failed == 0 && passed > 0
}

// runCase says what differs, "" if nothing does.
func runCase(ops map[string]operation, c object) (wrong string) {
	defer func() {
		if r := recover(); r != nil {
			wrong = fmt.Sprint("crashed: ", r)
		}
	}()
	op, known := ops[c.text("op")]
	if !known {
		return "unknown operation"
	}
	var got any
	refused := attempt(func() { got = op(args(open(c["in"]))) })
	if refused != nil {
		if refused.code != c["refused"] {
			return fmt.Sprintf("refused %v, expected refused %v, out %v", refused, c["refused"], short(c["out"]))
		}
		if c.has("at") && c["at"] != refused.at {
			return fmt.Sprintf("refused at %d, expected %v", refused.at, c["at"])
		}
		return ""
	}
	if c.has("refused") {
		return fmt.Sprintf("gave %s, expected refused %v", short(got), c["refused"])
	}
	if writeJSON(got) != writeJSON(c["out"]) {
		return fmt.Sprintf("gave %s, expected %s", short(got), short(c["out"]))
	}
	return ""
}

func short(value any) string {
	text := writeJSON(value)
	if len(text) > 300 {
		text = text[:300] + "…"
	}
	return text
}
