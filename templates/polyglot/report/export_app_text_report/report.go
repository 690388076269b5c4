// Package export_app_text_report lays out what was counted. The generator of the bindings chose its
// name; it writes the other packages.
package export_app_text_report

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"wit_component/app_text_words"
)

// Of the longest bar, in characters.
const width = 20

// Table is app:text/report.table.
func Table(counts []app_text_words.Count) string {
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, count := range counts {
		bar := width * uint64(count.Times) / uint64(counts[0].Times)
		fmt.Fprintf(table, "%s\t%d\t%s\n", count.Word, count.Times, strings.Repeat("#", int(bar)))
	}
	table.Flush()
	return text.String()
}
