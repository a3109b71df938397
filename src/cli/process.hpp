#pragma once

namespace rollcall::cli {

/// Opens /dev/null in the place of each standard stream that is closed: the next file that is opened would
/// take its number, and what is said would be written into a journal. False where that is not possible.
bool ensure_standard_fds();

/// No core image of this process is written, for it would hold the token. What it starts may write none
/// either.
void disable_core_dumps();

}  // namespace rollcall::cli
