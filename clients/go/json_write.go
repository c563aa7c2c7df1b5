package main

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
)

// What a writer emits: no white space, members in the order of the page, as little escaped as JSON allows
// (formats/conventions.md, "JSON").

type member struct {
	name  string
	value any
}

type ordered []member

func writeJSON(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(v)
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case string:
		return quote(v)
	case list:
		return writeList(v)
	case ordered:
		parts := make([]string, len(v))
		for i, m := range v {
			parts[i] = quote(m.name) + ":" + writeJSON(m.value)
		}
		return "{" + strings.Join(parts, ",") + "}"
	case object:
		return writeJSON(sortedMembers(v))
	}
	panic(fmt.Sprintf("no JSON: %T", value))
}

func writeList(values list) string {
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = writeJSON(v)
	}
	return "[" + strings.Join(parts, ",") + "]"
}

func sortedNames(o object) []string {
	names := make([]string, 0, len(o))
	for name := range o {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

func sortedMembers(o object) ordered {
	out := ordered{}
	for _, name := range sortedNames(o) {
		out = append(out, member{name, o[name]})
	}
	return out
}

func quote(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range text {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteRune(c)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\r':
			b.WriteString(`\r`)
		case c == '\b':
			b.WriteString(`\b`)
		case c == '\f':
			b.WriteString(`\f`)
		case c == '\t':
			b.WriteString(`\t`)
		case c < 0x20:
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteRune(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
