package main

import (
	"fmt"
	"os"
)

const usage = `usage: mappe-go vectors DIR      run every test vector of the specification
       mappe-go journey ORIGIN   play a wallet and a link holder against a running server`

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, usage)
		os.Exit(2)
	}
	var failed bool
	switch os.Args[1] {
	case "vectors":
		failed = !runVectors(os.Args[2])
	case "journey":
		if refused := attempt(func() { runJourney(os.Args[2]) }); refused != nil {
			fmt.Fprintln(os.Stderr, "refused:", refused.Error())
			failed = true
		}
	default:
		fmt.Fprintln(os.Stderr, usage)
		os.Exit(2)
	}
	if failed {
		os.Exit(1)
	}
}
