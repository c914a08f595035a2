// What the page sends, for a signer that does not give the signed document back. Loaded into the browser's driver, never
// into a page: nothing in the portal's page can see or change it.

const LONGEST = 4_000_000;
const watched = new WeakMap();

function watchPosts(context) {
  let posts = watched.get(context);
  if (!posts) {
    posts = [];
    watched.set(context, posts);
    context.on("request", (request) => {
      if (!["POST", "PUT", "PATCH"].includes(request.method())) return;
      const body = request.postData() ?? "";
      if (body.length <= LONGEST) posts.push({ url: request.url(), method: request.method(), body });
    });
  }
  posts.length = 0;
  return true;
}

function takePosts(context) {
  return watched.get(context) ?? [];
}

exports.watchPosts = watchPosts;
exports.takePosts = takePosts;
