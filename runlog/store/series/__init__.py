"""Series drawn with few points out of many: from summaries of chunks far out, from exact points close in."""
