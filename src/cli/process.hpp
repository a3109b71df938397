#pragma once

namespace rollcall::cli {

/// Opens /dev/null in the place of each standard stream that is closed: the next file that is opened would
/// take its number, and what is said would be written into a journal. False where that is not possible.
bool hold_standard_streams();

/// No core image of this process is written, for it would hold the token. What it starts may write none
/// either.
void forbid_core_images();

}  // namespace rollcall::cli
