// Package export_wasi_http_incoming_handler greets by name: `/you` is answered with "Hello, you!".
// The generator of the bindings chose its name.
package export_wasi_http_incoming_handler

import (
	"strings"

	wit "go.bytecodealliance.org/pkg/wit/types"
	http "wit_component/wasi_http_types"
)

// Handle is wasi:http/incoming-handler.handle.
func Handle(request *http.IncomingRequest, out *http.ResponseOutparam) {
	name := "world"
	if target := request.PathWithQuery(); target.IsSome() {
		path, _, _ := strings.Cut(target.Some(), "?")
		if path = strings.Trim(path, "/"); path != "" {
			name = path
		}
	}
	request.Drop()
	reply(out, 200, "Hello, "+name+"!\n")
}

func reply(out *http.ResponseOutparam, status uint16, text string) {
	headers := http.MakeFields()
	headers.Append("content-type", []byte("text/plain; charset=utf-8"))
	response := http.MakeOutgoingResponse(headers)
	response.SetStatusCode(status)
	body := response.Body().Ok()
	http.ResponseOutparamSet(out, wit.Ok[*http.OutgoingResponse, http.ErrorCode](response))

	// One such write takes up to 4096 bytes.
	stream := body.Write().Ok()
	for data := []byte(text); len(data) > 0; {
		size := min(len(data), 4096)
		stream.BlockingWriteAndFlush(data[:size])
		data = data[size:]
	}
	stream.Drop()
	http.OutgoingBodyFinish(body, wit.None[*http.Fields]())
}
