package dev.weir.runners;

class JavaValuesTest extends ValuesContract {

  JavaValuesTest() {
    super("model.java", true);
  }

  @Override
  String echo() {
    return Conversation.javaModel("void action(Object x) { emit(x); }");
  }

  @Override
  String swap() {
    return Conversation.javaModel(
        """
        final Pool<Object> p = pool("p", Object.class);
        void action(List<Object> x) {
          emit(p.get((String) x.get(0)));
          p.set((String) x.get(0), x.get(1));
        }
        """);
  }
}
