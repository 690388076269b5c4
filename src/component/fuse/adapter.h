#pragma once

#include "component/fuse/translate.h"

namespace favo::fuse {

/// Writes the adapter that stands at `Graph::written[place]`: it lifts what the caller passes and
/// lowers it for the callee in one step, calls, and does the same with the result. One that would
/// do nothing is not there: its callers call the callee (`Written::same_as`). What only
/// asynchronous calls can pass traps for now.
///
/// Errors: a plan that does not fit its types.
Result<FuncBody> write_adapter(Graph& graph, Translations& shared, const link::Adapter& adapter,
                               std::size_t place);

}  // namespace favo::fuse
