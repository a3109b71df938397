#pragma once

#include <string_view>
#include <vector>

#include "roster/context.hpp"

namespace rollcall::roster {

/// Reads a list of addresses; unknown users are reported at every mention, repeated ones get a warning.
void read_user_mentions(Context& context, yaml::Node list, std::string_view what, bool may_be_empty,
                        std::vector<UserMention>& mentions);

/// The same for groups; `spans`, where wanted, gets the place of each mention.
void read_group_mentions(Context& context, yaml::Node list, bool may_be_empty,
                         std::vector<GroupMention>& mentions, std::vector<yaml::Span>* spans);

/// Warns that an entry of a list is there already.
void warn_repeated(Context& context, yaml::Node node, const Origin& first);

}  // namespace rollcall::roster
