#!/bin/sh
# Kills the real train with SIGKILL at random moments, N times in all, and resumes it each time: a part of kills.sh.
#     sh tests/kill_train.sh [N=50]
exec bash "$(dirname "$0")/torture/kills.sh" train KILL "${1:-50}"
