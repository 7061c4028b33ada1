// Beast, compiled here once more: the program shares no code with the service that it judges but lib/async.
#include <boost/beast/src.hpp>
