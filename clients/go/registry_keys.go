package main

// Keys of an agency, and the one to seal to: formats/registry.md.

// readAgencyKey reads a key of one of these uses, whose kid nobody else has.
func readAgencyKey(value any, curves map[string]string, kids map[string]bool) agencyKey {
	k := open(value, "use", "kid", "jwk", "nbf", "exp", "status")
	key := agencyKey{use: k.text("use"), nbf: k.time("nbf"), exp: k.time("exp")}
	curve, known := curves[key.use]
	need(known, "malformed")
	key.active = k.word("status", "active", "revoked") == "active"
	key.key = readJWKOf(k["jwk"], curve)
	kid := k.hash("kid")
	need(sameBytes(kid, key.key.thumbprint) && !kids[string(kid)], "malformed")
	kids[string(kid)] = true
	return key
}

// sealKey is what a sender that knows these suites seals to: the best suite that both have, of it the key listed last.
func (a agency) sealKey(now int64, suites list) (best *agencyKey) {
	for i, k := range a.keys {
		fits := a.active && k.use == "seal" && k.active && now >= k.nbf && now < k.exp && containsAny(suites, k.key.suite())
		if fits && (best == nil || k.key.suite() >= best.key.suite()) {
			best = &a.keys[i]
		}
	}
	return best
}

func containsAny(values list, wanted int64) bool {
	for _, value := range values {
		if value == wanted {
			return true
		}
	}
	return false
}
