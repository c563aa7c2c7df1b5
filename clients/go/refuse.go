// Mappe in Go: the proof that ../../mobile_api_spec suffices. Apache-2.0.
package main

import "fmt"

// refusal is one of the codes of the specification. It travels as a panic and is caught where a caller wants to know:
// each format function either returns a value that was checked, or it does not return.
type refusal struct {
	code string
	at   int64 // number of the wrong block or of the first wrong seq, if the page names one
}

func (r refusal) Error() string {
	if r.at != 0 {
		return fmt.Sprintf("%s at %d", r.code, r.at)
	}
	return r.code
}

func refuse(code string) {
	panic(refusal{code: code})
}

// need refuses unless the condition holds.
func need(holds bool, code string) {
	if !holds {
		refuse(code)
	}
}

// attempt runs f and gives its refusal, nil if there was none.
func attempt(f func()) (refused *refusal) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case refusal:
			refused = &r
		default:
			panic(r)
		}
	}()
	f()
	return nil
}

// otherwise runs f and refuses with this code, whatever f refused with.
func otherwise(code string, f func()) {
	if attempt(f) != nil {
		refuse(code)
	}
}

// must ends the program's step on an error of the machine, not of the format.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
