package main

import "strings"

// Reading checked members: closed and open objects of formats/conventions.md. Everything else is `malformed`.

// open takes an object that has at least these members; one that ends in ? may be absent.
func open(value any, members ...string) object {
	o, ok := value.(object)
	need(ok, "malformed")
	for _, name := range members {
		if !strings.HasSuffix(name, "?") {
			_, there := o[name]
			need(there, "malformed")
		}
	}
	return o
}

// closed takes an object that has these members and no other.
func closed(value any, members ...string) object {
	o := open(value, members...)
	known := map[string]bool{}
	for _, name := range members {
		known[strings.TrimSuffix(name, "?")] = true
	}
	for name := range o {
		need(known[name], "malformed")
	}
	return o
}

func (o object) has(name string) bool {
	_, there := o[name]
	return there
}

func asText(value any) string {
	s, ok := value.(string)
	need(ok, "malformed")
	return s
}

func (o object) text(name string) string { return asText(o[name]) }

// bytes is a b64u text of this many bytes.
func (o object) bytes(name string, size int) []byte { return unb64u(o.text(name), size) }

func (o object) id(name string) []byte   { return o.bytes(name, 16) }
func (o object) hash(name string) []byte { return o.bytes(name, 32) }

func asInteger(value any, from, to int64) int64 {
	n, ok := value.(int64)
	need(ok && n >= from && n <= to, "malformed")
	return n
}

func (o object) integer(name string, from, to int64) int64 { return asInteger(o[name], from, to) }

func (o object) time(name string) int64   { return o.integer(name, 0, maxInteger) }
func (o object) number(name string) int64 { return o.integer(name, 1, 1<<32-1) }

// one refuses a v other than 1.
func (o object) one(name string) { o.integer(name, 1, 1) }

func (o object) flag(name string) bool {
	b, ok := o[name].(bool)
	need(ok, "malformed")
	return b
}

func asList(value any) list {
	l, ok := value.(list)
	need(ok, "malformed")
	return l
}

func (o object) list(name string) list { return asList(o[name]) }

func (o object) word(name string, words ...string) string {
	text := o.text(name)
	need(contains(words, text), "malformed")
	return text
}

func contains(words []string, text string) bool {
	for _, word := range words {
		if word == text {
			return true
		}
	}
	return false
}

// texts is a list of texts, each checked.
func texts(value any, check func(string)) []string {
	var out []string
	for _, v := range asList(value) {
		text := asText(v)
		if check != nil {
			check(text)
		}
		out = append(out, text)
	}
	return out
}

func anID(text string)           { unb64u(text, 16) }
func aHash(text string)          { unb64u(text, 32) }
func anyText(_ string)           {}
func notEmpty(t string)          { need(t != "", "malformed") }
func sameBytes(a, b []byte) bool { return string(a) == string(b) }
