// Package export_wasi_http_incoming_handler answers every request with a greeting. The bindings
// generator chose its name: this file takes the place of the stub it would write.
package export_wasi_http_incoming_handler

import (
	wit "go.bytecodealliance.org/pkg/wit/types"
	"wit_component/wasi_http_types"
)

// Handle is wasi:http/incoming-handler.handle.
func Handle(request *wasi_http_types.IncomingRequest, out *wasi_http_types.ResponseOutparam) {
	headers := wasi_http_types.MakeFields()
	headers.Append("content-type", []byte("text/plain"))
	received := request.Headers()
	for _, value := range received.Get("x-favo") {
		headers.Append("x-favo", value)
	}
	received.Drop()

	response := wasi_http_types.MakeOutgoingResponse(headers)
	body := response.Body().Ok()
	wasi_http_types.ResponseOutparamSet(out,
		wit.Ok[*wasi_http_types.OutgoingResponse, wasi_http_types.ErrorCode](response))

	stream := body.Write().Ok()
	stream.BlockingWriteAndFlush([]byte("Hello from Go\n"))
	stream.Drop()
	wasi_http_types.OutgoingBodyFinish(body, wit.None[*wasi_http_types.Fields]())
	request.Drop()
}
