package main

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Strict JSON: formats/conventions.md, "JSON". Values are nil, bool, int64, string, list and object.

type object map[string]any
type list []any

const maxDepth, maxInteger = 16, 1<<53 - 1

type jsonReader struct {
	data  []byte
	at    int
	depth int
}

// readJSON reads one value of at most max bytes.
func readJSON(data []byte, max int) any { return readDeep(data, max, maxDepth) }

func readDeep(data []byte, max, depth int) any {
	need(len(data) <= max, "too-large")
	need(utf8.Valid(data), "malformed")
	r := &jsonReader{data: data, depth: depth}
	value := r.value(1)
	r.space()
	need(r.at == len(data), "malformed")
	return value
}

func (r *jsonReader) space() {
	for r.at < len(r.data) {
		switch r.data[r.at] {
		case ' ', '\t', '\n', '\r':
			r.at++
		default:
			return
		}
	}
}

func (r *jsonReader) peek() byte {
	need(r.at < len(r.data), "malformed")
	return r.data[r.at]
}

func (r *jsonReader) next() byte {
	c := r.peek()
	r.at++
	return c
}

func (r *jsonReader) word(text string) {
	for i := 0; i < len(text); i++ {
		need(r.next() == text[i], "malformed")
	}
}

func (r *jsonReader) value(depth int) any {
	r.space()
	switch c := r.peek(); {
	case c == '{':
		return r.object(depth)
	case c == '[':
		return r.list(depth)
	case c == '"':
		return r.text()
	case c == 't':
		r.word("true")
		return true
	case c == 'f':
		r.word("false")
		return false
	case c == 'n':
		r.word("null")
		return nil
	default:
		return r.number()
	}
}

func (r *jsonReader) object(depth int) object {
	need(depth <= r.depth, "malformed")
	r.word("{")
	out := object{}
	r.space()
	if r.peek() == '}' {
		r.at++
		return out
	}
	for {
		r.space()
		name := r.text()
		_, twice := out[name]
		need(!twice, "malformed")
		r.space()
		r.word(":")
		out[name] = r.value(depth + 1)
		r.space()
		switch r.next() {
		case ',':
		case '}':
			return out
		default:
			refuse("malformed")
		}
	}
}

func (r *jsonReader) list(depth int) list {
	need(depth <= r.depth, "malformed")
	r.word("[")
	out := list{}
	r.space()
	if r.peek() == ']' {
		r.at++
		return out
	}
	for {
		out = append(out, r.value(depth+1))
		r.space()
		switch r.next() {
		case ',':
		case ']':
			return out
		default:
			refuse("malformed")
		}
	}
}

func (r *jsonReader) number() int64 {
	start := r.at
	if r.peek() == '-' {
		r.at++
	}
	first := r.at
	for r.at < len(r.data) && r.data[r.at] >= '0' && r.data[r.at] <= '9' {
		r.at++
	}
	digits := string(r.data[first:r.at])
	need(digits != "" && (digits == "0" || digits[0] != '0'), "malformed")
	n, err := strconv.ParseInt(string(r.data[start:r.at]), 10, 64)
	need(err == nil && n <= maxInteger && n >= -maxInteger, "malformed")
	need(n != 0 || start == first, "malformed") // -0
	return n                                    // a fraction or exponent stops the caller
}

func (r *jsonReader) text() string {
	r.word("\"")
	var out []byte
	for {
		switch c := r.next(); {
		case c == '"':
			return string(out)
		case c < 0x20:
			refuse("malformed")
		case c != '\\':
			out = append(out, c)
		default:
			out = append(out, r.escape()...)
		}
	}
}

func (r *jsonReader) escape() string {
	switch c := r.next(); c {
	case '"', '\\', '/':
		return string(rune(c))
	case 'b':
		return "\b"
	case 'f':
		return "\f"
	case 'n':
		return "\n"
	case 'r':
		return "\r"
	case 't':
		return "\t"
	case 'u':
		one := r.unit()
		if !utf16.IsSurrogate(one) {
			return string(one)
		}
		r.word("\\u")
		both := utf16.DecodeRune(one, r.unit())
		need(both != utf8.RuneError, "malformed")
		return string(both)
	}
	refuse("malformed")
	return ""
}

func (r *jsonReader) unit() rune {
	var n rune
	for i := 0; i < 4; i++ {
		c := rune(r.next())
		switch {
		case c >= '0' && c <= '9':
			n = n<<4 | (c - '0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			n = n<<4 | (c | 0x20 - 'a' + 10)
		default:
			refuse("malformed")
		}
	}
	return n
}
