"""Operations of Amazon ECS that launch, show and stop tasks, around moto's own."""
