// Package export_demo_quotes_market is the network part: it gets the prices. The bindings generator
// chose the package's name and writes the other packages.
package export_demo_quotes_market

import (
	"encoding/json"
	"fmt"
	"os"

	wit "go.bytecodealliance.org/pkg/wit/types"
	"wit_component/demo_quotes_market"
	"wit_component/demo_quotes_model"
)

type (
	quote   = demo_quotes_model.Quote
	problem = demo_quotes_market.Problem
	quotes  = wit.Result[[]quote, problem]
)

// What a market answers with.
type document struct {
	Goods []struct {
		Symbol string    `json:"symbol"`
		Name   string    `json:"name"`
		Unit   string    `json:"unit"`
		Prices []float64 `json:"prices"`
	} `json:"goods"`
}

// The decoder learns the document's fields when it first meets them: here that is before the snapshot,
// so once for all requests.
func init() {
	_ = json.Unmarshal([]byte(`{"goods":[{"symbol":"","name":"","unit":"","prices":[0.5]}]}`), new(document))
}

// Source is where the prices come from: a variable that was granted.
func Source() string { return os.Getenv("MARKET") }

// Fetch asks the market.
func Fetch(days uint32) quotes {
	answer, failure := get(fmt.Sprintf("%s?days=%d", Source(), days))
	if failure != nil {
		return wit.Err[[]quote, problem](failure.problem())
	}
	if answer.status != 200 {
		return wit.Err[[]quote, problem](demo_quotes_market.MakeProblemStatus(answer.status))
	}
	return Parse(answer.body)
}

// Parse reads what a market answers with.
func Parse(text []uint8) quotes {
	var read document
	if err := json.Unmarshal(text, &read); err != nil {
		return malformed(err.Error())
	}
	if len(read.Goods) == 0 {
		return malformed("it lists no goods")
	}
	found := make([]quote, 0, len(read.Goods))
	for _, good := range read.Goods {
		found = append(found, quote{
			Symbol: good.Symbol, Name: good.Name, Unit: good.Unit, Prices: good.Prices})
	}
	return wit.Ok[[]quote, problem](found)
}

func malformed(why string) quotes {
	return wit.Err[[]quote, problem](demo_quotes_market.MakeProblemMalformed(why))
}

// Attempt tries to reach something, and tells what came of it.
func Attempt(what demo_quotes_model.Access) wit.Result[string, string] {
	switch what.Tag() {
	case demo_quotes_model.Access_Network:
		answer, failure := get(what.Network() + "/")
		if failure != nil {
			return wit.Err[string, string](failure.Error())
		}
		return wit.Ok[string, string](fmt.Sprintf("answered with %d", answer.status))
	case demo_quotes_model.Access_File:
		text, err := os.ReadFile(what.File())
		if err != nil {
			return wit.Err[string, string](err.Error())
		}
		return wit.Ok[string, string](fmt.Sprintf("read %d bytes", len(text)))
	default:
		value, found := os.LookupEnv(what.Variable())
		if !found {
			return wit.Err[string, string]("not set")
		}
		return wit.Ok[string, string](value)
	}
}

// Ping is what a call costs.
func Ping(n uint32) uint32 { return n + 1 }
