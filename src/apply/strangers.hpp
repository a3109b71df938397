#pragma once

#include "apply/session.hpp"

namespace rollcall::apply {

/// Before a run creates anything: reads the listing of accounts once where it creates any, and that of bots
/// where it creates any in an account that is there already. An account that carries the marker of a key
/// which is to be created, or a bot that looks like one, under an id that the record does not know, is an
/// error: the record was lost, or there are two. Where a listing is broken that is noted, and the run goes on
/// without.
Expected<void> look_for_strangers(Session& session, Worker& worker);

}  // namespace rollcall::apply
