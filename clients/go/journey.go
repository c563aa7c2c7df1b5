package main

func runJourney(origin string) {}
